using System.Diagnostics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>Activations, loss, interaction and whole-buffer operations.</content>
public sealed partial class CpuDevice
{
    /// <summary>Elements of a piece of an operation that only reads and adds: some 10 µs, a few times what waking a thread costs.</summary>
    private const int ElementsInPiece = 1 << 17;

    /// <summary>Random numbers of a piece: some 25 µs; a multiple of Philox's group.</summary>
    private const int NumbersInPiece = 1 << 14;

    /// <summary>How many times as long as an addition one sigmoid takes.</summary>
    private const int SigmoidCost = 128;

    private readonly ScratchBuffer<double> _partialSums = new();

    /// <inheritdoc/>
    public unsafe void ActivationGradient(Activation activation, Matrix output, Matrix gradient)
    {
        Debug.Assert(output.Rows == gradient.Rows && output.Columns == gradient.Columns, "The gradient has the shape of the output.");
        if (activation == Activation.Relu)
        {
            int rows = RowsInPiece(gradient.Columns);
            _workers.Run(Pieces(gradient.Rows, rows), new ReluGradientJob
            {
                Output = new View(output),
                Gradient = new View(gradient),
                RowsInPiece = rows,
            });
        }
    }

    /// <inheritdoc/>
    public unsafe void ColumnSums(Matrix source, DeviceBuffer<float> destination, bool accumulate = false)
    {
        Debug.Assert(destination.Length >= source.Columns, "The destination has a number for each column.");
        int columns = (long)source.Rows * source.Columns <= ElementsInPiece ? source.Columns : ColumnSumKernels.BlockColumns;
        _workers.Run(
            Pieces(source.Columns, Math.Max(columns, 1)),
            new ColumnSumJob { Source = new View(source), Destination = Pointer(destination), ColumnsInPiece = columns, Accumulate = accumulate });
    }

    /// <inheritdoc/>
    public unsafe double SigmoidCrossEntropy(Matrix logits, DeviceBuffer<float> labels, Matrix probabilities, Matrix logitGradient, float gradientScale)
    {
        Debug.Assert(logits.Columns == 1 && probabilities.Columns == 1 && logitGradient.Columns == 1, "Logits are one column.");
        Debug.Assert(labels.Length >= logits.Rows && probabilities.Rows == logits.Rows && logitGradient.Rows == logits.Rows, "One label a logit.");
        int pieces = Pieces(logits.Rows, LossJob.RowsInPiece);
        double* sums = _partialSums.Get(pieces);
        _workers.Run(
            pieces,
            new LossJob
            {
                Logits = new View(logits),
                Labels = Pointer(labels),
                Probabilities = new View(probabilities),
                Gradient = new View(logitGradient),
                Scale = gradientScale,
                Sums = sums,
            });
        return Sum(sums, pieces);
    }

    /// <inheritdoc/>
    public unsafe void Sigmoid(Matrix logits, Matrix probabilities)
    {
        Debug.Assert(logits.Rows == probabilities.Rows && logits.Columns == probabilities.Columns, "One probability a logit.");
        int rows = RowsInPiece(SigmoidCost * logits.Columns);
        _workers.Run(
            Pieces(logits.Rows, rows), new SigmoidJob { Logits = new View(logits), Probabilities = new View(probabilities), RowsInPiece = rows });
    }

    /// <inheritdoc/>
    public unsafe void DotInteraction(Matrix features, int count, int dim, Matrix output)
    {
        Debug.Assert(features.Columns == count * dim && output.Columns == dim + (count * (count - 1) / 2), "The widths follow from F and D.");
        Debug.Assert(features.Rows == output.Rows, "One output a sample.");
        _workers.Run(
            Pieces(features.Rows, InteractionJob.SamplesInPiece),
            new InteractionJob { Features = new View(features), Output = new View(output), Count = count, Dim = dim });
    }

    /// <inheritdoc/>
    public unsafe void DotInteractionGradient(Matrix features, int count, int dim, Matrix outputGradient, Matrix featuresGradient)
    {
        Debug.Assert(features.Columns == count * dim && outputGradient.Columns == dim + (count * (count - 1) / 2), "The widths follow from F and D.");
        Debug.Assert(features.Rows == outputGradient.Rows && featuresGradient.Rows == features.Rows, "One gradient a sample.");
        Debug.Assert(featuresGradient.Columns == features.Columns, "The gradient has the shape of the features.");
        _workers.Run(
            Pieces(features.Rows, InteractionJob.SamplesInPiece),
            new InteractionJob
            {
                Features = new View(features),
                Output = new View(outputGradient),
                Gradient = new View(featuresGradient),
                Count = count,
                Dim = dim,
                IsGradient = true,
            });
    }

    /// <inheritdoc/>
    public unsafe double SumOfSquares(DeviceBuffer<float> values, long length = -1)
    {
        long count = length < 0 ? values.Length : length;
        Debug.Assert(count <= values.Length, "The range lies inside the buffer.");
        int pieces = Pieces(count, ElementsInPiece);
        double* sums = _partialSums.Get(pieces);
        _workers.Run(
            pieces,
            new ElementJob
            {
                Kind = ElementOperation.SumOfSquares,
                InPiece = ElementsInPiece,
                Destination = Pointer(values),
                Length = count,
                Sums = sums,
            });
        return Sum(sums, pieces);
    }

    /// <inheritdoc/>
    public unsafe void AddScaled(DeviceBuffer<float> source, float scale, DeviceBuffer<float> destination)
    {
        Debug.Assert(source.Length == destination.Length, "The buffers have the same length.");
        RunElements(ElementOperation.AddScaled, destination, scale, Pointer(source));
    }

    /// <inheritdoc/>
    public unsafe void Fill(DeviceBuffer<float> buffer, float value) => RunElements(ElementOperation.Fill, buffer, value);

    /// <inheritdoc/>
    public unsafe void FillNormal(DeviceBuffer<float> buffer, RandomStream stream, float standardDeviation) =>
        RunElements(ElementOperation.Normal, buffer, standardDeviation, stream: stream);

    /// <inheritdoc/>
    public unsafe void FillUniform(DeviceBuffer<float> buffer, RandomStream stream, float halfWidth) =>
        RunElements(ElementOperation.Uniform, buffer, halfWidth, stream: stream);

    /// <inheritdoc/>
    public unsafe void FillUniformRows(Matrix destination, RandomStream stream, float halfWidth, long firstRow, long rowStep)
    {
        Debug.Assert(destination.Stride == destination.Columns, "There is no gap between rows.");
        int rows = Math.Max(1, NumbersInPiece / Math.Max(destination.Columns, 1));
        _workers.Run(Pieces(destination.Rows, rows), new UniformRowsJob(Pointer(destination), destination, stream, halfWidth, firstRow, rowStep, rows));
    }

    /// <summary>Cuts a count into pieces.</summary>
    private static int Pieces(long count, int inPiece) => checked((int)((count + inPiece - 1) / inPiece));

    /// <summary>Gets how many rows make a piece worth its start.</summary>
    private static int RowsInPiece(int columns) => Math.Max(1, ElementsInPiece / Math.Max(columns, 1));

    private static unsafe double Sum(double* sums, int count)
    {
        double total = 0;
        for (int i = 0; i < count; i++)
        {
            total += sums[i];
        }

        return total;
    }

    private unsafe void RunElements(ElementOperation kind, DeviceBuffer<float> destination, float scale, float* source = null, RandomStream stream = default)
    {
        int inPiece = kind is ElementOperation.Normal or ElementOperation.Uniform ? NumbersInPiece : ElementsInPiece;
        _workers.Run(
            Pieces(destination.Length, inPiece),
            new ElementJob
            {
                Kind = kind,
                InPiece = inPiece,
                Source = source,
                Destination = Pointer(destination),
                Length = destination.Length,
                Scale = scale,
                Stream = stream,
            });
    }

    /// <summary>A matrix by address.</summary>
    private readonly unsafe struct View(Matrix matrix)
    {
        internal readonly float* Pointer = CpuDevice.Pointer(matrix);
        internal readonly int Rows = matrix.Rows;
        internal readonly int Columns = matrix.Columns;
        internal readonly nint Stride = matrix.Stride;

        internal float* Row(int row) => Pointer + (row * Stride);
    }
}
