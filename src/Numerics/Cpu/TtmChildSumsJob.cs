using System.Numerics.Tensors;

namespace Dlrm.Numerics.Cpu;

/// <summary>Sums what the children of a node give to the gradient of its interface, ascending.</summary>
/// <remarks>Level 0 adds to the core's gradient; other levels overwrite the interface's gradient, and leave out nodes with one child, which wrote it.</remarks>
/// <param name="Level">The parents.</param>
/// <param name="Children">The next level.</param>
/// <param name="Pieces">The number of pieces.</param>
internal readonly record struct TtmChildSumsJob(TtmLevel Level, TtmLevel Children, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        int end = TtmPiece.First(piece + 1, Pieces, Level.Count);
        int length = checked((int)Level.InterfaceLength);
        for (int node = TtmPiece.First(piece, Pieces, Level.Count); node < end; node++)
        {
            int child = Level.ChildStart[node];
            int lastChild = Level.ChildStart[node + 1];
            Span<float> sum;
            if (Level.Core == 0)
            {
                sum = new Span<float>(Level.SlabGradients + ((long)Level.Digit[node] * Level.SlabLength), length);
            }
            else if (lastChild - child == 1)
            {
                continue;
            }
            else
            {
                sum = new Span<float>(Level.OutputGradient + (node * Level.OutputGradientStride), length);
                new ReadOnlySpan<float>(Children.ChildGradient(child), length).CopyTo(sum);
                child++;
            }

            for (; child < lastChild; child++)
            {
                TensorPrimitives.Add(sum, new ReadOnlySpan<float>(Children.ChildGradient(child), length), sum);
            }
        }
    }
}
