using System.Numerics.Tensors;

namespace Dlrm.Numerics.Cpu;

/// <summary>Computes the products of one level: <c>product(node) = product(parent) ⊙ A[digit, :]</c>.</summary>
/// <param name="Level">The level.</param>
/// <param name="Parents">The level before, or null for level 0.</param>
/// <param name="Pieces">The number of pieces; no node depends on another.</param>
internal readonly record struct CpProductsJob(CpLevel Level, CpLevel? Parents, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        int end = TtmPiece.First(piece + 1, Pieces, Level.Nodes.Count);
        for (int node = TtmPiece.First(piece, Pieces, Level.Nodes.Count); node < end; node++)
        {
            if (Parents is null)
            {
                Level.FactorRow(node).CopyTo(Level.Product(node));
            }
            else
            {
                TensorPrimitives.Multiply(Parents.Product(Level.Nodes.Parent[node]), Level.FactorRow(node), Level.Product(node));
            }
        }
    }
}
