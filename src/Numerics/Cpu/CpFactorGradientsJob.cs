using System.Numerics.Tensors;

namespace Dlrm.Numerics.Cpu;

/// <summary>Adds one factor's gradient: <c>dA[digit, :] += Σ over nodes of the digit, ascending, of product(parent) ⊙ dProduct(node)</c>.</summary>
/// <remarks>A piece is a run of whole groups, so every row of the factor has one writer.</remarks>
/// <param name="Level">The level.</param>
/// <param name="Parents">The level before, or null for level 0.</param>
/// <param name="Pieces">The number of pieces.</param>
internal readonly record struct CpFactorGradientsJob(CpLevel Level, CpLevel? Parents, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        PrefixLevel nodes = Level.Nodes;
        int end = nodes.GroupBoundary(TtmPiece.First(piece + 1, Pieces, nodes.Count));
        for (int position = nodes.GroupBoundary(TtmPiece.First(piece, Pieces, nodes.Count)); position < end; position++)
        {
            int node = nodes.Sorted[position];
            Span<float> sum = Level.FactorGradientRow(nodes.Digit[node]);
            if (Parents is null)
            {
                TensorPrimitives.Add(sum, Level.Gradient(node), sum);
            }
            else
            {
                TensorPrimitives.MultiplyAdd(Parents.Product(nodes.Parent[node]), Level.Gradient(node), sum, sum);
            }
        }
    }
}
