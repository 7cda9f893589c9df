using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>The pieces of activations, loss, interaction and whole-buffer operations.</content>
public sealed partial class CpuDevice
{
    private enum ElementOperation
    {
        Fill,
        AddScaled,
        Normal,
        Uniform,
        SumOfSquares,
    }

    private unsafe struct ElementJob : IPieceJob
    {
        internal ElementOperation Kind;
        internal float* Source;
        internal float* Destination;
        internal long Length;
        internal int InPiece;
        internal float Scale;
        internal RandomStream Stream;
        internal double* Sums;

        public readonly void Run(int piece)
        {
            long first = (long)piece * InPiece;
            int length = (int)Math.Min(InPiece, Length - first);
            Span<float> destination = new(Destination + first, length);
            switch (Kind)
            {
                case ElementOperation.Fill:
                    destination.Fill(Scale);
                    break;
                case ElementOperation.AddScaled:
                    TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(Source + first, length), Scale, destination, destination);
                    break;
                case ElementOperation.Normal:
                    PhiloxKernels.Normal(Stream, first, destination);
                    TensorPrimitives.Multiply(destination, Scale, destination);
                    break;
                case ElementOperation.Uniform:
                    PhiloxKernels.Uniform(Stream, first, destination);

                    // 2u − 1 is exact, so the product is rounded once and stays below the half width.
                    TensorPrimitives.Multiply(destination, 2f, destination);
                    TensorPrimitives.Subtract(destination, 1f, destination);
                    TensorPrimitives.Multiply(destination, Scale, destination);
                    break;
                default:
                    Sums[piece] = SumOfSquaresKernels.Sum(destination);
                    break;
            }
        }
    }

    private struct ReluGradientJob : IPieceJob
    {
        internal View Output;
        internal View Gradient;
        internal int RowsInPiece;

        public readonly unsafe void Run(int piece)
        {
            int end = Math.Min((piece + 1) * RowsInPiece, Output.Rows);
            for (int row = piece * RowsInPiece; row < end; row++)
            {
                ActivationKernels.ReluGradient(
                    new ReadOnlySpan<float>(Output.Row(row), Output.Columns), new Span<float>(Gradient.Row(row), Output.Columns));
            }
        }
    }

    private unsafe struct ColumnSumJob : IPieceJob
    {
        internal View Source;
        internal float* Destination;
        internal int ColumnsInPiece;
        internal bool Accumulate;

        public readonly void Run(int piece)
        {
            int end = Math.Min((piece + 1) * ColumnsInPiece, Source.Columns);
            for (int column = piece * ColumnsInPiece; column < end; column += ColumnSumKernels.BlockColumns)
            {
                ColumnSumKernels.Block(
                    Source.Pointer + column, Source.Stride, Source.Rows, Math.Min(ColumnSumKernels.BlockColumns, end - column), Destination + column, Accumulate);
            }
        }
    }

    private unsafe struct LossJob : IPieceJob
    {
        internal const int RowsInPiece = 1024;

        internal View Logits;
        internal float* Labels;
        internal View Probabilities;
        internal View Gradient;
        internal float Scale;
        internal double* Sums;

        public readonly void Run(int piece)
        {
            double sum = 0;
            int end = Math.Min((piece + 1) * RowsInPiece, Logits.Rows);
            for (int row = piece * RowsInPiece; row < end; row++)
            {
                float label = Labels[row];
                sum += SigmoidKernels.CrossEntropy(*Logits.Row(row), label, out double probability);
                *Probabilities.Row(row) = (float)probability;
                *Gradient.Row(row) = (float)(Scale * (probability - label));
            }

            Sums[piece] = sum;
        }
    }

    private struct SigmoidJob : IPieceJob
    {
        internal View Logits;
        internal View Probabilities;
        internal int RowsInPiece;

        public readonly unsafe void Run(int piece)
        {
            int end = Math.Min((piece + 1) * RowsInPiece, Logits.Rows);
            for (int row = piece * RowsInPiece; row < end; row++)
            {
                for (int column = 0; column < Logits.Columns; column++)
                {
                    Probabilities.Row(row)[column] = (float)SigmoidKernels.Sigmoid(Logits.Row(row)[column]);
                }
            }
        }
    }

    private struct InteractionJob : IPieceJob
    {
        internal const int SamplesInPiece = 64;

        internal View Features;
        internal View Output;
        internal View Gradient;
        internal int Count;
        internal int Dim;
        internal bool IsGradient;

        public readonly void Run(int piece)
        {
            if (Vector512.IsHardwareAccelerated)
            {
                Run<Lanes512, Vector512<float>>(piece);
            }
            else if (Vector256.IsHardwareAccelerated)
            {
                Run<Lanes256, Vector256<float>>(piece);
            }
            else
            {
                Run<Lanes128, Vector128<float>>(piece);
            }
        }

        private readonly unsafe void Run<TLanes, TVector>(int piece)
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
        {
            long length = DotInteractionKernels.ScratchLength<TLanes, TVector>(Count, Dim);
            float* scratch = ThreadScratch.Floats(length);
            NativeMemory.Clear(scratch, (nuint)length * sizeof(float));
            int end = Math.Min((piece + 1) * SamplesInPiece, Features.Rows);
            for (int sample = piece * SamplesInPiece; sample < end; sample++)
            {
                if (IsGradient)
                {
                    DotInteractionKernels.Gradient<TLanes, TVector>(
                        Features.Row(sample), Count, Dim, Output.Row(sample), Gradient.Row(sample), scratch);
                }
                else
                {
                    DotInteractionKernels.Forward<TLanes, TVector>(Features.Row(sample), Count, Dim, Output.Row(sample), scratch);
                }
            }
        }
    }
}
