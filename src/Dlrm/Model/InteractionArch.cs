using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Owns the feature vectors of a batch and their dot interaction.</summary>
/// <remarks>
/// <code>
/// Features[b, i·D .. (i+1)·D)    vector i: the bottom MLP's output first (when there is one), then each table's
/// Output[b, 0 .. D)              vector 0
/// Output[b, D + p]               the dot product of pair p = (1,0), (2,0), (2,1) …: the lower triangle row by row, as the reference DLRM has it
/// </code>
/// <para>Layers write straight into their block of columns: nothing is concatenated.</para>
/// </remarks>
internal sealed class InteractionArch : IDisposable
{
    private readonly IDevice _device;
    private readonly GrowingMatrix _features;
    private readonly GrowingMatrix _featuresGradient;
    private readonly GrowingMatrix _output;
    private readonly GrowingMatrix _outputGradient;

    internal InteractionArch(IDevice device, int count, int dim)
    {
        _device = device;
        Count = count;
        Dim = dim;
        _features = new GrowingMatrix(device, count * dim);
        _featuresGradient = new GrowingMatrix(device, count * dim);
        _output = new GrowingMatrix(device, OutputSize(count, dim));
        _outputGradient = new GrowingMatrix(device, OutputSize(count, dim));
    }

    /// <summary>Gets F, the number of vectors.</summary>
    internal int Count { get; }

    /// <summary>Gets D, the length of a vector.</summary>
    internal int Dim { get; }

    /// <summary>Gets the vectors side by side, (B, F·D).</summary>
    internal Matrix Features => _features.View;

    /// <summary>Gets their gradient.</summary>
    internal Matrix FeaturesGradient => _featuresGradient.View;

    /// <summary>Gets the interaction, (B, D + F(F−1)/2).</summary>
    internal Matrix Output => _output.View;

    /// <summary>Gets its gradient.</summary>
    internal Matrix OutputGradient => _outputGradient.View;

    /// <summary>Gets D + F(F−1)/2.</summary>
    /// <param name="count">F.</param>
    /// <param name="dim">D.</param>
    /// <returns>The columns of the output.</returns>
    internal static int OutputSize(int count, int dim) => dim + (count * (count - 1) / 2);

    /// <summary>Sets the number of samples.</summary>
    /// <param name="samples">B.</param>
    internal void Resize(int samples)
    {
        _features.Resize(samples);
        _featuresGradient.Resize(samples);
        _output.Resize(samples);
        _outputGradient.Resize(samples);
    }

    /// <summary>Views one vector of every sample.</summary>
    /// <param name="i">The vector.</param>
    /// <returns>(B, D).</returns>
    internal Matrix Vector(int i) => Features.ColumnBlock(i * Dim, Dim);

    /// <summary>Views the gradient of one vector of every sample.</summary>
    /// <param name="i">The vector.</param>
    /// <returns>(B, D).</returns>
    internal Matrix VectorGradient(int i) => FeaturesGradient.ColumnBlock(i * Dim, Dim);

    /// <summary>Computes the output from the features.</summary>
    internal void Forward() => _device.DotInteraction(Features, Count, Dim, Output);

    /// <summary>Computes the features' gradient from the output's.</summary>
    internal void Backward() => _device.DotInteractionGradient(Features, Count, Dim, OutputGradient, FeaturesGradient);

    /// <inheritdoc/>
    public void Dispose()
    {
        _features.Dispose();
        _featuresGradient.Dispose();
        _output.Dispose();
        _outputGradient.Dispose();
    }
}
