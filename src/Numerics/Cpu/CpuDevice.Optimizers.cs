using System.Diagnostics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>Optimiser steps.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public void SgdStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, float learningRate, float gradientScale) =>
        StepAll(new SgdRule(learningRate, gradientScale), value, gradient, null, null);

    /// <inheritdoc/>
    public void AdagradStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float> sumOfSquares, float learningRate, float epsilon, float gradientScale) =>
        StepAll(new AdagradRule(learningRate, epsilon, gradientScale), value, gradient, sumOfSquares, null);

    /// <inheritdoc/>
    public void AdamStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float> firstMoment, DeviceBuffer<float> secondMoment, AdamArguments arguments) =>
        StepAll(new AdamRule(arguments), value, gradient, firstMoment, secondMoment);

    /// <inheritdoc/>
    public void AdagradRowsStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> sumOfSquares, float learningRate, float epsilon, float gradientScale) =>
        StepRows(new AdagradRule(learningRate, epsilon, gradientScale), table, groups, rowGradients, sumOfSquares, null);

    /// <inheritdoc/>
    public unsafe void RowwiseAdagradStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> rowSums, float learningRate, float epsilon, float gradientScale)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Debug.Assert(rowSums.Length >= table.Rows, "One accumulator for each row.");
        RowwiseAdagradJob job = new(
            new AdagradRule(learningRate, epsilon, gradientScale), Pointer(table), table, Pointer(rowGradients), rowGradients,
            Pointer(rowSums), Pointer(groups.UniqueRows), groups.UniqueCount);
        _workers.Run(job.Pieces, job);
    }

    /// <inheritdoc/>
    public void AdamRowsStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> firstMoment, DeviceBuffer<float> secondMoment, AdamArguments arguments) =>
        StepRows(new AdamRule(arguments), table, groups, rowGradients, firstMoment, secondMoment);

    private unsafe void StepAll<TRule>(TRule rule, DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float>? first, DeviceBuffer<float>? second)
        where TRule : struct, IStepRule
    {
        Debug.Assert(gradient.Length >= value.Length, "A gradient for each weight.");
        DenseStepJob<TRule> job = new(
            rule, Pointer(value), Pointer(gradient), first is null ? null : Pointer(first), second is null ? null : Pointer(second), value.Length);
        _workers.Run(job.Pieces, job);
    }

    private unsafe void StepRows<TRule>(TRule rule, Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> first, DeviceBuffer<float>? second)
        where TRule : struct, IStepRule
    {
        ArgumentNullException.ThrowIfNull(groups);
        Debug.Assert(first.Length >= (long)table.Rows * table.Columns, "A state for each weight.");
        RowsStepJob<TRule> job = new(
            rule, Pointer(table), table, Pointer(rowGradients), rowGradients,
            Pointer(first), second is null ? null : Pointer(second), Pointer(groups.UniqueRows), groups.UniqueCount);
        _workers.Run(job.Pieces, job);
    }
}
