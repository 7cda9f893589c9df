using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Dense algebra, activations, loss and interaction.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void Gemm(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, DeviceBuffer<float>? bias = null, Activation activation = Activation.None, bool accumulate = false)
    {
        long start = Start();
        inner.Gemm(a, transposeA, b, transposeB, c, bias, activation, accumulate);
        Stop(start, nameof(Gemm), Size(c) * (transposeA ? a.Rows : a.Columns), Size(a) + Size(b) + (accumulate ? 2 : 1) * Size(c));
    }

    /// <inheritdoc/>
    public void ActivationGradient(Activation activation, Matrix output, Matrix gradient)
    {
        long start = Start();
        inner.ActivationGradient(activation, output, gradient);
        Stop(start, nameof(ActivationGradient), 0, 3 * Size(gradient));
    }

    /// <inheritdoc/>
    public void ColumnSums(Matrix source, DeviceBuffer<float> destination, bool accumulate = false)
    {
        long start = Start();
        inner.ColumnSums(source, destination, accumulate);
        Stop(start, nameof(ColumnSums), 0, Size(source));
    }

    /// <inheritdoc/>
    public double SigmoidCrossEntropy(Matrix logits, DeviceBuffer<float> labels, Matrix probabilities, Matrix logitGradient, float gradientScale)
    {
        long start = Start();
        double result = inner.SigmoidCrossEntropy(logits, labels, probabilities, logitGradient, gradientScale);
        Stop(start, nameof(SigmoidCrossEntropy), 0, 4 * Size(logits));
        return result;
    }

    /// <inheritdoc/>
    public void Sigmoid(Matrix logits, Matrix probabilities)
    {
        long start = Start();
        inner.Sigmoid(logits, probabilities);
        Stop(start, nameof(Sigmoid), 0, 2 * Size(logits));
    }

    /// <inheritdoc/>
    public void DotInteraction(Matrix features, int count, int dim, Matrix output)
    {
        long start = Start();
        inner.DotInteraction(features, count, dim, output);
        Stop(start, nameof(DotInteraction), (double)features.Rows * count * (count - 1) / 2 * dim, Size(features) + Size(output));
    }

    /// <inheritdoc/>
    public void DotInteractionGradient(Matrix features, int count, int dim, Matrix outputGradient, Matrix featuresGradient)
    {
        long start = Start();
        inner.DotInteractionGradient(features, count, dim, outputGradient, featuresGradient);
        Stop(start, nameof(DotInteractionGradient), (double)features.Rows * count * (count - 1) * dim, 2 * Size(features) + Size(outputGradient));
    }

    /// <inheritdoc/>
    public double SumOfSquares(DeviceBuffer<float> values, long length = -1)
    {
        long start = Start();
        double result = inner.SumOfSquares(values, length);
        Stop(start, nameof(SumOfSquares), length < 0 ? values.Length : length, length < 0 ? values.Length : length);
        return result;
    }

    /// <inheritdoc/>
    public void AddScaled(DeviceBuffer<float> source, float scale, DeviceBuffer<float> destination)
    {
        long start = Start();
        inner.AddScaled(source, scale, destination);
        Stop(start, nameof(AddScaled), source.Length, 3 * source.Length);
    }

    /// <inheritdoc/>
    public void Fill(DeviceBuffer<float> buffer, float value)
    {
        long start = Start();
        inner.Fill(buffer, value);
        Stop(start, nameof(Fill), 0, buffer.Length);
    }

    /// <inheritdoc/>
    public void FillNormal(DeviceBuffer<float> buffer, RandomStream stream, float standardDeviation)
    {
        long start = Start();
        inner.FillNormal(buffer, stream, standardDeviation);
        Stop(start, nameof(FillNormal), 0, buffer.Length);
    }

    /// <inheritdoc/>
    public void FillUniform(DeviceBuffer<float> buffer, RandomStream stream, float halfWidth)
    {
        long start = Start();
        inner.FillUniform(buffer, stream, halfWidth);
        Stop(start, nameof(FillUniform), 0, buffer.Length);
    }

    /// <inheritdoc/>
    public void FillUniformRows(Matrix destination, RandomStream stream, float halfWidth, long firstRow, long rowStep)
    {
        long start = Start();
        inner.FillUniformRows(destination, stream, halfWidth, firstRow, rowStep);
        Stop(start, nameof(FillUniformRows), 0, (long)destination.Rows * destination.Columns);
    }
}
