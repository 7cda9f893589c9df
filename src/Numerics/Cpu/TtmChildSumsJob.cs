using System.Numerics;
using System.Runtime.CompilerServices;

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
        int* childStart = Level.ChildStart;
        bool isCore = Level.Core == 0;
        NodeBlocks sums = isCore ? new(Level.SlabGradients, Level.SlabLength, Level.Digit) : new(Level.OutputGradient, Level.OutputGradientStride);
        for (int node = TtmPiece.First(piece, Pieces, Level.Count); node < end; node++)
        {
            int children = childStart[node + 1] - childStart[node];
            if (isCore || children > 1)
            {
                Sum(Children.ChildGradient(childStart[node]), children, length, isCore, sums.Of(node));
            }
        }
    }

    /// <summary>Sums blocks of a length that lie side by side; lanes are their elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Sum(float* blocks, int count, int length, bool accumulate, float* sum)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= length; i += Vector<float>.Count)
        {
            Vector<float> total = accumulate ? Vector.Load(sum + i) : Vector<float>.Zero;
            float* next = blocks + i;
            for (int block = 0; block < count; block++)
            {
                total += Vector.Load(next);
                next += length;
            }

            total.Store(sum + i);
        }

        for (; i < length; i++)
        {
            float total = accumulate ? sum[i] : 0;
            for (int block = 0; block < count; block++)
            {
                total += blocks[((long)block * length) + i];
            }

            sum[i] = total;
        }
    }
}
