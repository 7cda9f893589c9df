using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>One row mode of a Tucker table: the core contracted up to it, once for each distinct prefix (i0..ik).</summary>
/// <remarks>
/// <code>T(node) = A[k][digit, :] · T(parent)      R[k]  times  R[k] × Columns;  of level 0 the parent is the core</code>
/// <para>Columns = R[k+1] · … · R[p-1] · C, where the last factor is rounded up to whole vectors; the numbers there are zeros.</para>
/// </remarks>
internal sealed unsafe class TuckerLevel : IDisposable
{
    private readonly ScratchBuffer<float> _interfaces = new();
    private readonly ScratchBuffer<float> _gradients = new();
    private readonly ScratchBuffer<float> _rowGradients = new();

    /// <summary>Initializes a new instance of the <see cref="TuckerLevel"/> class.</summary>
    /// <param name="nodes">The nodes; the caller's.</param>
    internal TuckerLevel(PrefixLevel nodes)
    {
        Nodes = nodes;
    }

    /// <summary>Gets the nodes.</summary>
    internal PrefixLevel Nodes { get; }

    /// <summary>Gets R[k].</summary>
    internal int Inner { get; private set; }

    /// <summary>Gets the numbers of T(node).</summary>
    internal int Columns { get; private set; }

    /// <summary>Gets the elements between two rows' gradients: R[k] in whole blocks.</summary>
    internal int RowStride => (Inner + RowDotKernels.RowBlock - 1) & -RowDotKernels.RowBlock;

    /// <summary>Gets the factor, (I[k], R[k]).</summary>
    internal float* Factor { get; private set; }

    /// <summary>Gets T of every node.</summary>
    internal float* Interfaces { get; private set; }

    /// <summary>Gets the gradients of T.</summary>
    internal float* Gradients { get; private set; }

    /// <summary>Gets what every node adds to the gradient of its factor's row, <see cref="RowStride"/> apart.</summary>
    internal float* RowGradients { get; private set; }

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes => _interfaces.Bytes + _gradients.Bytes + _rowGradients.Bytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interfaces.Dispose();
        _gradients.Dispose();
        _rowGradients.Dispose();
    }

    /// <summary>Takes a factor and makes room.</summary>
    /// <param name="factor">(I[k], R[k]).</param>
    /// <param name="inner">R[k].</param>
    /// <param name="columns">The numbers of T(node).</param>
    internal void Prepare(float* factor, int inner, int columns)
    {
        Factor = factor;
        Inner = inner;
        Columns = columns;
        Interfaces = _interfaces.Get((long)Nodes.Count * columns);
    }

    /// <summary>Makes room for the gradients.</summary>
    internal void PrepareGradients()
    {
        Gradients = _gradients.Get((long)Nodes.Count * Columns);
        RowGradients = _rowGradients.Get((long)Nodes.Count * RowStride);
    }

    /// <summary>Views T of all nodes.</summary>
    /// <returns>(Count, Columns).</returns>
    internal Matrix InterfaceMatrix() => new(_interfaces.GetBuffer((long)Nodes.Count * Columns), Nodes.Count, Columns);

    /// <summary>Views the gradients of T of all nodes.</summary>
    /// <returns>(Count, Columns).</returns>
    internal Matrix GradientMatrix() => new(_gradients.GetBuffer((long)Nodes.Count * Columns), Nodes.Count, Columns);

    /// <summary>Views what every node adds to the gradient of its factor's row.</summary>
    /// <returns>(Count, R[k]).</returns>
    internal Matrix RowGradientMatrix() => new(_rowGradients.GetBuffer((long)Nodes.Count * RowStride), Nodes.Count, Inner, RowStride);

    /// <summary>Gets the factor's row of a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The address.</returns>
    internal float* FactorRow(int node) => Factor + ((long)Nodes.Digit[node] * Inner);

    /// <summary>Gets T of a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The address.</returns>
    internal float* Interface(int node) => Interfaces + ((long)node * Columns);

    /// <summary>Gets the gradient of T of a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The address.</returns>
    internal float* Gradient(int node) => Gradients + ((long)node * Columns);
}
