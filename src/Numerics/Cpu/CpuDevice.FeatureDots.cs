using System.Diagnostics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>The part of the dot interaction that one feature takes part in.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public void FeatureDots(Matrix features, int count, int dim, int chosen, Matrix output)
    {
        Debug.Assert(features.Columns == count * dim && output.Columns == count, "The widths follow from F and D.");
        Debug.Assert(features.Rows == output.Rows && chosen >= 0 && chosen < count, "One output a sample; the vector is there.");
        _workers.Run(
            Pieces(features.Rows, FeatureDotsJob.SamplesInPiece),
            new FeatureDotsJob { Features = features, Output = output, Count = count, Dim = dim, Chosen = chosen });
    }

    private struct FeatureDotsJob : IPieceJob
    {
        internal const int SamplesInPiece = 64;

        internal Matrix Features;
        internal Matrix Output;
        internal int Count;
        internal int Dim;
        internal int Chosen;

        public readonly void Run(int piece)
        {
            int end = Math.Min((piece + 1) * SamplesInPiece, Features.Rows);
            for (int sample = piece * SamplesInPiece; sample < end; sample++)
            {
                FeatureDotsKernels.Dots(Row(Features, sample), Dim, Chosen, Row(Output, sample)[..Count]);
            }
        }
    }
}
