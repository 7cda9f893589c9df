using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>A convolution of images as a linear layer over patches, with its activation and pooling of the largest numbers.</summary>
/// <remarks>
/// <code>
/// maps[b, (y, x, o)] = f(Σ_ijc W[o, (i, j, c)] · input[b, (y + i − P, x + j − P, c)] + bias[o])      output = max over windows of S × S
/// </code>
/// <para>Shapes: input (B, H·W·C), output (B, H'/S · W'/S · C'), channels running fastest; W (C', K·K·C).</para>
/// <para>Memory: B·H'·W'·K·K·C floats of patches, as much for their gradient.</para>
/// </remarks>
internal sealed class ConvolutionLayer : ILinearLayer
{
    private readonly IDevice _device;
    private readonly ImageShape _input;
    private readonly ImageShape _map;
    private readonly ConvolutionOptions _options;
    private readonly GrowingMatrix _patches;
    private readonly GrowingMatrix _patchesGradient;
    private readonly GrowingMatrix _maps;
    private readonly GrowingMatrix _mapsGradient;

    /// <summary>Initializes a new instance of the <see cref="ConvolutionLayer"/> class.</summary>
    /// <param name="device">The device.</param>
    /// <param name="input">(H, W, C).</param>
    /// <param name="options">C', K, P and S.</param>
    /// <param name="filters">W, bias and f; owned from now on.</param>
    internal ConvolutionLayer(IDevice device, ImageShape input, ConvolutionOptions options, ILinearLayer filters)
    {
        _device = device;
        _input = input;
        _options = options;
        _map = input.Convolved(options.Kernel, options.Padding, options.Channels);
        Output = _map.Pooled(options.Pool);
        Filters = filters;
        _patches = new GrowingMatrix(device, PatchLength(input, options));
        _patchesGradient = new GrowingMatrix(device, _patches.Columns);
        _maps = new GrowingMatrix(device, _map.Length);
        _mapsGradient = new GrowingMatrix(device, _map.Length);
    }

    /// <inheritdoc/>
    public int Inputs => _input.Length;

    /// <inheritdoc/>
    public int Outputs => Output.Length;

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters => Filters.Parameters;

    /// <inheritdoc/>
    public BayesianTensor? Tensor => null;

    /// <inheritdoc/>
    public string Description => $"convolution of {_input} to {Output} by filters: {Filters.Description}";

    /// <summary>Gets the shape of the output.</summary>
    internal ImageShape Output { get; }

    /// <summary>Gets the layer over patches; whoever sets another disposes the one before.</summary>
    internal ILinearLayer Filters { get; set; }

    /// <inheritdoc/>
    public void Forward(Matrix input, Matrix output)
    {
        Matrix patches = _patches.Resize(checked(input.Rows * _map.Pixels));
        _device.Patches(input, _input, _options.Kernel, _options.Padding, patches);
        Matrix maps = _maps.Resize(input.Rows);
        Filters.Forward(patches, ByPixel(maps));
        _device.MaxPool(maps, _map, _options.Pool, output);
    }

    /// <inheritdoc/>
    public void Backward(Matrix input, Matrix output, Matrix outputGradient, Matrix? inputGradient)
    {
        Matrix gradient = _mapsGradient.Resize(input.Rows);
        _device.MaxPoolGradient(_maps.View, _map, _options.Pool, output, outputGradient, gradient);
        Matrix? patchesGradient = inputGradient is null ? null : _patchesGradient.Resize(_patches.View.Rows);
        Filters.Backward(_patches.View, ByPixel(_maps.View), ByPixel(gradient), patchesGradient);
        if (inputGradient is Matrix images)
        {
            _device.PatchesGradient(_patchesGradient.View, _input, _options.Kernel, _options.Padding, images);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable resource in (IDisposable[])[Filters, _patches, _patchesGradient, _maps, _mapsGradient])
        {
            resource.Dispose();
        }
    }

    /// <summary>Gets K·K·C, the numbers that a filter sees.</summary>
    /// <param name="input">(H, W, C).</param>
    /// <param name="options">K.</param>
    /// <returns>K·K·C.</returns>
    internal static int PatchLength(ImageShape input, ConvolutionOptions options) => checked(options.Kernel * options.Kernel * input.Channels);

    /// <summary>Lists what does not fit.</summary>
    /// <param name="input">(H, W, C).</param>
    /// <param name="options">The options.</param>
    /// <param name="path">Their place, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    internal static IEnumerable<string> Problems(ImageShape input, ConvolutionOptions options, string path)
    {
        if (options.Channels is < 1 or > 65536 || options.Kernel is < 1 or > 256 || options.Pool is < 1 or > 256 || options.Padding < 0 || options.Padding >= options.Kernel)
        {
            yield return $"{path} has channels {options.Channels}, kernel {options.Kernel}, padding {options.Padding} and pool {options.Pool}; "
                + "channels must be in [1, 65536], kernel and pool in [1, 256], padding in [0, kernel).";
            yield break;
        }

        ImageShape map = input.Convolved(options.Kernel, options.Padding, options.Channels);
        if (map.Height < 1 || map.Width < 1 || map.Height % options.Pool != 0 || map.Width % options.Pool != 0)
        {
            yield return $"{path} makes maps of {map} from images of {input}; height and width must be multiples of the pool, {options.Pool}: change padding or pool.";
        }
    }

    private Matrix ByPixel(Matrix maps) => new(maps.Buffer, maps.Rows * _map.Pixels, _map.Channels);
}
