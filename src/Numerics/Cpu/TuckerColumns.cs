using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Holds the Kronecker product K of a Tucker table's column factors, (J, C), and its gradient; with one column mode K is the factor.</summary>
internal sealed unsafe class TuckerColumns : IDisposable
{
    private ScratchBuffer<float>[] _products = [];
    private ScratchBuffer<float>[] _gradients = [];

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes
    {
        get
        {
            long sum = 0;
            for (int m = 0; m < _products.Length; m++)
            {
                sum += _products[m].Bytes + _gradients[m].Bytes;
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int m = 0; m < _products.Length; m++)
        {
            _products[m].Dispose();
            _gradients[m].Dispose();
        }
    }

    /// <summary>Computes K.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="factors">The column factors.</param>
    internal void Multiply(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors)
    {
        int q = factors.Length;
        if (_products.Length < q - 1)
        {
            int old = _products.Length;
            Array.Resize(ref _products, q - 1);
            Array.Resize(ref _gradients, q - 1);
            for (int m = old; m < q - 1; m++)
            {
                _products[m] = new ScratchBuffer<float>();
                _gradients[m] = new ScratchBuffer<float>();
            }
        }

        (int rows, int columns) = (shape.ColumnModes[0], shape.Ranks[^q]);
        for (int m = 1; m < q; m++)
        {
            (int nextRows, int nextColumns) = (shape.ColumnModes[m], shape.Ranks[^(q - m)]);
            KroneckerKernels.Multiply(
                Left(factors, m), rows, columns, ((CpuBuffer<float>)factors[m]).Pointer, nextRows, nextColumns, _products[m - 1].Get((long)rows * nextRows * columns * nextColumns));
            (rows, columns) = (rows * nextRows, columns * nextColumns);
        }
    }

    /// <summary>Views K.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="factors">The column factors.</param>
    /// <returns>(J, C).</returns>
    internal Matrix Product(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors) => new(
        factors.Length == 1 ? factors[0] : _products[factors.Length - 2].GetBuffer((long)shape.EmbeddingDim * shape.ColumnRank), shape.EmbeddingDim, shape.ColumnRank);

    /// <summary>Views the gradient of K, to be added to: zeros, or the only factor's own gradient.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="factorGradients">Those of the column factors.</param>
    /// <returns>(J, C).</returns>
    internal Matrix UseGradient(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        int q = factorGradients.Length;
        int length = shape.EmbeddingDim * shape.ColumnRank;
        if (q > 1)
        {
            new Span<float>(_gradients[q - 2].Get(length), length).Clear();
        }

        return new Matrix(q == 1 ? factorGradients[0] : _gradients[q - 2].GetBuffer(length), shape.EmbeddingDim, shape.ColumnRank);
    }

    /// <summary>Adds the gradients of the factors, when <see cref="UseGradient"/> was written.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="factors">The column factors.</param>
    /// <param name="factorGradients">Added to.</param>
    internal void AddFactorGradients(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        int q = factors.Length;
        (int rows, int columns) = (shape.EmbeddingDim, shape.ColumnRank);
        for (int m = q - 1; m > 0; m--)
        {
            (int lastRows, int lastColumns) = (shape.ColumnModes[m], shape.Ranks[^(q - m)]);
            float* gradient = _gradients[m - 1].Get((long)rows * columns);
            (rows, columns) = (rows / lastRows, columns / lastColumns);
            float* leftGradient = ((CpuBuffer<float>)factorGradients[0]).Pointer;
            if (m > 1)
            {
                leftGradient = _gradients[m - 2].Get((long)rows * columns);
                new Span<float>(leftGradient, rows * columns).Clear();
            }

            KroneckerKernels.AddGradients(
                Left(factors, m), rows, columns, ((CpuBuffer<float>)factors[m]).Pointer, lastRows, lastColumns, gradient, leftGradient, ((CpuBuffer<float>)factorGradients[m]).Pointer);
        }
    }

    /// <summary>Gets the product of the factors before m.</summary>
    private float* Left(ReadOnlySpan<DeviceBuffer<float>> factors, int m) => m == 1 ? ((CpuBuffer<float>)factors[0]).Pointer : _products[m - 2].Get(0);
}
