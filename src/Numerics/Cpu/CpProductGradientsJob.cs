using System.Numerics.Tensors;

namespace Dlrm.Numerics.Cpu;

/// <summary>Computes the gradients of one level's products: <c>dProduct(node) = Σ over children, ascending, of dProduct(child) ⊙ A[digit of child, :]</c>.</summary>
/// <param name="Level">The parents.</param>
/// <param name="Children">The next level.</param>
/// <param name="Pieces">The number of pieces; no node depends on another.</param>
internal readonly record struct CpProductGradientsJob(CpLevel Level, CpLevel Children, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        int end = TtmPiece.First(piece + 1, Pieces, Level.Nodes.Count);
        for (int node = TtmPiece.First(piece, Pieces, Level.Nodes.Count); node < end; node++)
        {
            int child = Level.Nodes.ChildStart[node];
            int lastChild = Level.Nodes.ChildStart[node + 1];
            Span<float> sum = Level.Gradient(node);
            TensorPrimitives.Multiply(Children.Gradient(child), Children.FactorRow(child), sum);
            for (child++; child < lastChild; child++)
            {
                TensorPrimitives.MultiplyAdd(Children.Gradient(child), Children.FactorRow(child), sum, sum);
            }
        }
    }
}
