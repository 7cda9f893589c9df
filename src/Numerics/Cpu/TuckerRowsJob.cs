using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Contracts one row mode: <c>T(node) = A[k][digit, :] · T(parent)</c>, the children of a parent together.</summary>
/// <param name="Level">The level, k ≥ 1.</param>
/// <param name="Parents">The level before.</param>
/// <param name="Pieces">The number of pieces; no node depends on another.</param>
internal readonly record struct TuckerRowsJob(TuckerLevel Level, TuckerLevel Parents, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        int node = TtmPiece.First(piece, Pieces, Level.Nodes.Count);
        int end = TtmPiece.First(piece + 1, Pieces, Level.Nodes.Count);
        float** a = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** c = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        while (node < end)
        {
            int parent = Level.Nodes.Parent[node];
            int rows = 0;
            for (; node < end && rows < TtmRowKernels.MaxRows && Level.Nodes.Parent[node] == parent; node++)
            {
                a[rows] = Level.FactorRow(node);
                c[rows++] = Level.Interface(node);
            }

            TtmRowKernels.Multiply(a, c, rows, Level.Inner, Parents.Interface(parent), Level.Columns, Level.Columns);
        }
    }
}
