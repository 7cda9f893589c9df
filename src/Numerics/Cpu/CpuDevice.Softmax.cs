using System.Diagnostics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>The loss of classification into C classes.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public unsafe double SoftmaxCrossEntropy(Matrix logits, DeviceBuffer<int> labels, Matrix logitGradient, float gradientScale)
    {
        Debug.Assert(logitGradient.Rows == logits.Rows && logitGradient.Columns == logits.Columns, "The gradient has the shape of the logits.");
        CheckLabels(logits, labels);
        int rows = RowsInPiece(SigmoidCost * logits.Columns);
        int pieces = Pieces(logits.Rows, rows);
        double* sums = _partialSums.Get(pieces);
        _workers.Run(
            pieces,
            new SoftmaxJob
            {
                Logits = new View(logits),
                Labels = Pointer(labels),
                Gradient = new View(logitGradient),
                Scale = gradientScale,
                RowsInPiece = rows,
                Sums = sums,
            });
        return Sum(sums, pieces);
    }

    /// <inheritdoc/>
    public unsafe int CountCorrect(Matrix logits, DeviceBuffer<int> labels)
    {
        CheckLabels(logits, labels);
        int rows = RowsInPiece(logits.Columns);
        int pieces = Pieces(logits.Rows, rows);
        double* counts = _partialSums.Get(pieces);
        _workers.Run(pieces, new CorrectJob { Logits = new View(logits), Labels = Pointer(labels), RowsInPiece = rows, Counts = counts });
        return (int)Sum(counts, pieces);
    }

    private static unsafe void CheckLabels(Matrix logits, DeviceBuffer<int> labels)
    {
        Debug.Assert(labels.Length >= logits.Rows, "One label a row of logits.");
        int* values = Pointer(labels);
        for (int b = 0; b < logits.Rows; b++)
        {
            if ((uint)values[b] >= (uint)logits.Columns)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(labels), $"The label of sample {b} is {values[b]}, but there are {logits.Columns} classes: labels must be in [0, {logits.Columns}).");
            }
        }
    }

    private unsafe struct SoftmaxJob : IPieceJob
    {
        internal View Logits;
        internal int* Labels;
        internal View Gradient;
        internal float Scale;
        internal int RowsInPiece;
        internal double* Sums;

        public readonly void Run(int piece)
        {
            double sum = 0;
            int end = Math.Min((piece + 1) * RowsInPiece, Logits.Rows);
            for (int row = piece * RowsInPiece; row < end; row++)
            {
                sum += SoftmaxKernels.CrossEntropy(
                    new ReadOnlySpan<float>(Logits.Row(row), Logits.Columns), Labels[row], Scale, new Span<float>(Gradient.Row(row), Gradient.Columns));
            }

            Sums[piece] = sum;
        }
    }

    private unsafe struct CorrectJob : IPieceJob
    {
        internal View Logits;
        internal int* Labels;
        internal int RowsInPiece;
        internal double* Counts;

        public readonly void Run(int piece)
        {
            int count = 0;
            int end = Math.Min((piece + 1) * RowsInPiece, Logits.Rows);
            for (int row = piece * RowsInPiece; row < end; row++)
            {
                count += SoftmaxKernels.IsCorrect(new ReadOnlySpan<float>(Logits.Row(row), Logits.Columns), Labels[row]) ? 1 : 0;
            }

            Counts[piece] = count;
        }
    }
}
