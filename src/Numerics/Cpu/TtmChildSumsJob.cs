using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Cpu;

/// <summary>Sums what the children of a node give to the gradient of its interface, ascending; nodes with one child were written by it.</summary>
/// <param name="Workspace">Has the parts.</param>
/// <param name="Core">The parents' level.</param>
/// <param name="PiecesInPart">The pieces of a part.</param>
internal readonly record struct TtmChildSumsJob(CpuTtmWorkspace Workspace, int Core, int PiecesInPart) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        TtmPart part = Workspace.Parts[piece / PiecesInPart];
        TtmLevel level = part.Levels[Core];
        TtmLevel children = part.Levels[Core + 1];
        int end = TtmPiece.First((piece % PiecesInPart) + 1, PiecesInPart, level.Count);
        int length = checked((int)level.InterfaceLength);
        int* childStart = level.ChildStart;
        NodeBlocks sums = new(level.OutputGradient, level.OutputGradientStride);
        for (int node = TtmPiece.First(piece % PiecesInPart, PiecesInPart, level.Count); node < end; node++)
        {
            int count = childStart[node + 1] - childStart[node];
            if (count > 1)
            {
                Sum(children.ChildGradient(childStart[node]), count, length, sums.Of(node));
            }
        }
    }

    /// <summary>Sums blocks of a length that lie side by side; lanes are their elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Sum(float* blocks, int count, int length, float* sum)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= length; i += Vector<float>.Count)
        {
            Vector<float> total = Vector<float>.Zero;
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
            float total = 0;
            for (int block = 0; block < count; block++)
            {
                total += blocks[((long)block * length) + i];
            }

            sum[i] = total;
        }
    }
}
