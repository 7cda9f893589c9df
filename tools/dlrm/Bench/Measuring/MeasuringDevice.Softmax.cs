using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>The loss of classification into C classes.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public double SoftmaxCrossEntropy(Matrix logits, DeviceBuffer<int> labels, Matrix logitGradient, float gradientScale)
    {
        long start = Start();
        double result = inner.SoftmaxCrossEntropy(logits, labels, logitGradient, gradientScale);
        Stop(start, nameof(SoftmaxCrossEntropy), 0, 2 * Size(logits));
        return result;
    }

    /// <inheritdoc/>
    public int CountCorrect(Matrix logits, DeviceBuffer<int> labels)
    {
        long start = Start();
        int result = inner.CountCorrect(logits, labels);
        Stop(start, nameof(CountCorrect), 0, Size(logits));
        return result;
    }
}
