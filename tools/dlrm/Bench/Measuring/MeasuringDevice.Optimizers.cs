using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Optimiser steps. <c>gradientScale</c> multiplies the gradient first (clipping, division by the world size).</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void SgdStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, float learningRate, float gradientScale)
    {
        long start = Start();
        inner.SgdStep(value, gradient, learningRate, gradientScale);
        Stop(start, nameof(SgdStep), value.Length, 3 * value.Length);
    }

    /// <inheritdoc/>
    public void AdagradStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float> sumOfSquares, float learningRate, float epsilon, float gradientScale)
    {
        long start = Start();
        inner.AdagradStep(value, gradient, sumOfSquares, learningRate, epsilon, gradientScale);
        Stop(start, nameof(AdagradStep), 3 * value.Length, 5 * value.Length);
    }

    /// <inheritdoc/>
    public void AdamStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float> firstMoment, DeviceBuffer<float> secondMoment, AdamArguments arguments)
    {
        long start = Start();
        inner.AdamStep(value, gradient, firstMoment, secondMoment, arguments);
        Stop(start, nameof(AdamStep), 6 * value.Length, 7 * value.Length);
    }

    /// <inheritdoc/>
    public void AdagradRowsStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> sumOfSquares, float learningRate, float epsilon, float gradientScale)
    {
        long start = Start();
        inner.AdagradRowsStep(table, groups, rowGradients, sumOfSquares, learningRate, epsilon, gradientScale);
        Stop(start, nameof(AdagradRowsStep), 3.0 * groups.UniqueCount * table.Columns, 5.0 * groups.UniqueCount * table.Columns);
    }

    /// <inheritdoc/>
    public void RowwiseAdagradStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> rowSums, float learningRate, float epsilon, float gradientScale)
    {
        long start = Start();
        inner.RowwiseAdagradStep(table, groups, rowGradients, rowSums, learningRate, epsilon, gradientScale);
        Stop(start, nameof(RowwiseAdagradStep), 2.0 * groups.UniqueCount * table.Columns, 3.0 * groups.UniqueCount * table.Columns);
    }

    /// <inheritdoc/>
    public void AdamRowsStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> firstMoment, DeviceBuffer<float> secondMoment, AdamArguments arguments)
    {
        long start = Start();
        inner.AdamRowsStep(table, groups, rowGradients, firstMoment, secondMoment, arguments);
        Stop(start, nameof(AdamRowsStep), 6.0 * groups.UniqueCount * table.Columns, 7.0 * groups.UniqueCount * table.Columns);
    }
}
