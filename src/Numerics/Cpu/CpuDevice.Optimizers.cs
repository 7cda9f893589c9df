namespace Dlrm.Numerics.Cpu;

/// <content>Optimiser steps.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public void SgdStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, float learningRate, float gradientScale) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void AdagradStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float> sumOfSquares, float learningRate, float epsilon, float gradientScale) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void AdamStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float> firstMoment, DeviceBuffer<float> secondMoment, AdamArguments arguments) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void AdagradRowsStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> sumOfSquares, float learningRate, float epsilon, float gradientScale) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void RowwiseAdagradStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> rowSums, float learningRate, float epsilon, float gradientScale) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void AdamRowsStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> firstMoment, DeviceBuffer<float> secondMoment, AdamArguments arguments) => throw new NotImplementedException();
}
