namespace Dlrm.Numerics.Cpu;

/// <content>Dense algebra, activations, loss and interaction.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public void Gemm(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, DeviceBuffer<float>? bias = null, Activation activation = Activation.None, bool accumulate = false) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ActivationGradient(Activation activation, Matrix output, Matrix gradient) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ColumnSums(Matrix source, DeviceBuffer<float> destination, bool accumulate = false) => throw new NotImplementedException();

    /// <inheritdoc/>
    public double SigmoidCrossEntropy(Matrix logits, DeviceBuffer<float> labels, Matrix probabilities, Matrix logitGradient, float gradientScale) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Sigmoid(Matrix logits, Matrix probabilities) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void DotInteraction(Matrix features, int count, int dim, Matrix output) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void DotInteractionGradient(Matrix features, int count, int dim, Matrix outputGradient, Matrix featuresGradient) => throw new NotImplementedException();

    /// <inheritdoc/>
    public double SumOfSquares(DeviceBuffer<float> values, long length = -1) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void AddScaled(DeviceBuffer<float> source, float scale, DeviceBuffer<float> destination) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Fill(DeviceBuffer<float> buffer, float value) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void FillNormal(DeviceBuffer<float> buffer, RandomStream stream, float standardDeviation) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void FillUniform(DeviceBuffer<float> buffer, RandomStream stream, float halfWidth) => throw new NotImplementedException();
}
