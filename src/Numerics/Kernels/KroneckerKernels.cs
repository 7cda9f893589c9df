using System.Numerics.Tensors;

namespace Dlrm.Numerics.Kernels;

/// <summary>Multiplies factors to their Kronecker product: <c>K[(i, j), (r, s)] = A[i, r] · B[j, s]</c>.</summary>
/// <remarks>
/// <para>Order: a gradient's sum runs over i, j and r ascending on one thread; lanes are s. The product is small: all columns × all ranks of a table.</para>
/// </remarks>
internal static unsafe class KroneckerKernels
{
    /// <summary>Writes the product.</summary>
    /// <param name="a">A, row-major.</param>
    /// <param name="aRows">Rows of A.</param>
    /// <param name="aColumns">Columns of A.</param>
    /// <param name="b">B, row-major.</param>
    /// <param name="bRows">Rows of B.</param>
    /// <param name="bColumns">Columns of B.</param>
    /// <param name="product">Receives (aRows·bRows, aColumns·bColumns).</param>
    internal static void Multiply(float* a, int aRows, int aColumns, float* b, int bRows, int bColumns, float* product)
    {
        for (int i = 0; i < aRows; i++)
        {
            for (int j = 0; j < bRows; j++)
            {
                ReadOnlySpan<float> row = new(b + ((long)j * bColumns), bColumns);
                for (int r = 0; r < aColumns; r++)
                {
                    TensorPrimitives.Multiply(row, a[((long)i * aColumns) + r], new Span<float>(product, bColumns));
                    product += bColumns;
                }
            }
        }
    }

    /// <summary>Adds the gradients of both factors.</summary>
    /// <param name="a">A.</param>
    /// <param name="aRows">Rows of A.</param>
    /// <param name="aColumns">Columns of A.</param>
    /// <param name="b">B.</param>
    /// <param name="bRows">Rows of B.</param>
    /// <param name="bColumns">Columns of B.</param>
    /// <param name="gradient">The product's gradient.</param>
    /// <param name="aGradient">Added to: <c>Σ gradient[(i, j), (r, s)] · B[j, s]</c>.</param>
    /// <param name="bGradient">Added to: <c>Σ gradient[(i, j), (r, s)] · A[i, r]</c>.</param>
    internal static void AddGradients(
        float* a, int aRows, int aColumns, float* b, int bRows, int bColumns, float* gradient, float* aGradient, float* bGradient)
    {
        for (int i = 0; i < aRows; i++)
        {
            for (int j = 0; j < bRows; j++)
            {
                ReadOnlySpan<float> row = new(b + ((long)j * bColumns), bColumns);
                Span<float> rowGradient = new(bGradient + ((long)j * bColumns), bColumns);
                for (int r = 0; r < aColumns; r++)
                {
                    ReadOnlySpan<float> part = new(gradient, bColumns);
                    aGradient[((long)i * aColumns) + r] += TensorPrimitives.Dot(part, row);
                    TensorPrimitives.MultiplyAdd(part, a[((long)i * aColumns) + r], rowGradient, rowGradient);
                    gradient += bColumns;
                }
            }
        }
    }
}
