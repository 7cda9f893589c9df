using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Goes back over one row mode.</summary>
/// <remarks>
/// <code>
/// dT(parent) = Σ over children, ascending, of A[k][digit, :]ᵀ · dT(child)
/// what a child adds to dA[k][digit, :] = T(parent) · dT(child)
/// </code>
/// </remarks>
/// <param name="Level">The level, k ≥ 1.</param>
/// <param name="Parents">The level before.</param>
/// <param name="Pieces">The number of pieces the parents are cut into; no parent depends on another.</param>
internal readonly record struct TuckerRowGradientsJob(TuckerLevel Level, TuckerLevel Parents, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        int end = TtmPiece.First(piece + 1, Pieces, Parents.Nodes.Count);
        float** a = stackalloc float*[TtmRowKernels.MaxRows];
        float** gradients = stackalloc float*[TtmRowKernels.MaxRows];
        for (int parent = TtmPiece.First(piece, Pieces, Parents.Nodes.Count); parent < end; parent++)
        {
            new Span<float>(Parents.Gradient(parent), Parents.Columns).Clear();
            int child = Parents.Nodes.ChildStart[parent];
            int lastChild = Parents.Nodes.ChildStart[parent + 1];
            while (child < lastChild)
            {
                int first = child;
                int rows = Math.Min(lastChild - first, TtmRowKernels.MaxRows);
                for (; child < first + rows; child++)
                {
                    a[child - first] = Level.FactorRow(child);
                    gradients[child - first] = Level.Gradient(child);
                }

                // Columns are whole vectors: there are no row ends to copy.
                TtmRowKernels.AddOuterProducts(a, gradients, rows, Level.Inner, Level.Columns, Parents.Gradient(parent), Level.Columns, null);
                RowDotKernels.Multiply(
                    Parents.Interface(parent), Level.Inner, Level.Columns, gradients, rows, Level.RowGradients + ((long)first * Level.RowStride), Level.RowStride);
            }
        }
    }
}
