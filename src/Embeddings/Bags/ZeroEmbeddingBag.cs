using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A table of zeros: the "drop the table" control.</summary>
public sealed class ZeroEmbeddingBag : IEmbeddingBag
{
    private readonly IDevice _device;

    /// <summary>Initializes a new instance of the <see cref="ZeroEmbeddingBag"/> class.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="rows">I.</param>
    /// <param name="dim">J.</param>
    public ZeroEmbeddingBag(IDevice device, string name, long rows, int dim)
    {
        _device = device;
        Name = name;
        Rows = rows;
        EmbeddingDim = dim;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Rows { get; }

    /// <inheritdoc/>
    public int EmbeddingDim { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters => [];

    /// <inheritdoc/>
    public BayesianTensor? Tensor => null;

    /// <inheritdoc/>
    public string Description => $"zero {Rows} × {EmbeddingDim}";

    /// <inheritdoc/>
    public void Forward(JaggedIndices bags, Matrix output)
    {
        ArgumentNullException.ThrowIfNull(bags);
        bags.Validate(Rows, Name);
        _device.FillElements(output, 0);
    }

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
