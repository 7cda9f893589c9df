namespace Dlrm.Numerics.Cpu;

/// <summary>One mode of a <see cref="CpProducts"/>: the products of factor rows up to it, one for each distinct prefix.</summary>
/// <remarks>
/// <code>product(node) = product(parent) ⊙ A[digit, :]      R numbers; of level 0: the factor's row itself</code>
/// </remarks>
internal sealed unsafe class CpLevel : IDisposable
{
    private readonly ScratchBuffer<float> _products = new();
    private readonly ScratchBuffer<float> _gradients = new();

    /// <summary>Initializes a new instance of the <see cref="CpLevel"/> class.</summary>
    /// <param name="nodes">The nodes; the caller's.</param>
    internal CpLevel(PrefixLevel nodes)
    {
        Nodes = nodes;
    }

    /// <summary>Gets the nodes.</summary>
    internal PrefixLevel Nodes { get; }

    /// <summary>Gets R.</summary>
    internal int Width { get; private set; }

    /// <summary>Gets the factor, (n, R).</summary>
    internal float* Factor { get; private set; }

    /// <summary>Gets or sets the factor's gradient, (n, R).</summary>
    internal float* FactorGradient { get; set; }

    /// <summary>Gets where the products are, (Count, R).</summary>
    internal float* Products { get; private set; }

    /// <summary>Gets where the gradients of the products are, (Count, R).</summary>
    internal float* Gradients { get; private set; }

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes => _products.Bytes + _gradients.Bytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        _products.Dispose();
        _gradients.Dispose();
    }

    /// <summary>Takes a factor and makes room for the products of the nodes.</summary>
    /// <param name="factor">(n, R).</param>
    /// <param name="width">R.</param>
    internal void Prepare(float* factor, int width)
    {
        Factor = factor;
        Width = width;
        Products = _products.Get((long)Nodes.Count * width);
    }

    /// <summary>Makes room for the gradients of the products.</summary>
    internal void PrepareGradients() => Gradients = _gradients.Get((long)Nodes.Count * Width);

    /// <summary>Views the products.</summary>
    /// <returns>(Count, R).</returns>
    internal Matrix ProductMatrix() => new(_products.GetBuffer((long)Nodes.Count * Width), Nodes.Count, Width);

    /// <summary>Views the gradients of the products.</summary>
    /// <returns>(Count, R).</returns>
    internal Matrix GradientMatrix() => new(_gradients.GetBuffer((long)Nodes.Count * Width), Nodes.Count, Width);

    /// <summary>Views the factor's row of a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>R numbers.</returns>
    internal Span<float> FactorRow(int node) => new(Factor + ((long)Nodes.Digit[node] * Width), Width);

    /// <summary>Views the factor's gradient for a digit.</summary>
    /// <param name="digit">The digit.</param>
    /// <returns>R numbers.</returns>
    internal Span<float> FactorGradientRow(int digit) => new(FactorGradient + ((long)digit * Width), Width);

    /// <summary>Views the product of a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>R numbers.</returns>
    internal Span<float> Product(int node) => new(Products + ((long)node * Width), Width);

    /// <summary>Views the gradient of the product of a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>R numbers.</returns>
    internal Span<float> Gradient(int node) => new(Gradients + ((long)node * Width), Width);
}
