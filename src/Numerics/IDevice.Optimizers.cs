namespace Dlrm.Numerics;

/// <content>Optimiser steps. <c>gradientScale</c> multiplies the gradient first (clipping, division by the world size).</content>
public partial interface IDevice
{
    /// <summary><c>w −= lr · g</c>.</summary>
    /// <param name="value">w.</param>
    /// <param name="gradient">g.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="gradientScale">Multiplies g.</param>
    void SgdStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, float learningRate, float gradientScale);

    /// <summary><c>s += g²; w −= lr · g / (√s + ε)</c>.</summary>
    /// <remarks>Source: Duchi, Hazan, Singer, "Adaptive subgradient methods", JMLR 2011; ε as in PyTorch.</remarks>
    /// <param name="value">w.</param>
    /// <param name="gradient">g.</param>
    /// <param name="sumOfSquares">s.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="gradientScale">Multiplies g.</param>
    void AdagradStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float> sumOfSquares, float learningRate, float epsilon, float gradientScale);

    /// <summary><c>m = β1 m + (1−β1) g; v = β2 v + (1−β2) g²; w −= lr · m̂ / (√v̂ + ε)</c>, with bias correction by step.</summary>
    /// <remarks>Source: Kingma and Ba, "Adam", ICLR 2015.</remarks>
    /// <param name="value">w.</param>
    /// <param name="gradient">g.</param>
    /// <param name="firstMoment">m.</param>
    /// <param name="secondMoment">v.</param>
    /// <param name="arguments">Rates and step.</param>
    void AdamStep(DeviceBuffer<float> value, DeviceBuffer<float> gradient, DeviceBuffer<float> firstMoment, DeviceBuffer<float> secondMoment, AdamArguments arguments);

    /// <summary>Adagrad on touched rows only, one accumulator per element: the same result as the dense step.</summary>
    /// <param name="table">(Rows, D).</param>
    /// <param name="groups">Names the touched rows.</param>
    /// <param name="rowGradients">(U, D).</param>
    /// <param name="sumOfSquares">Rows·D accumulators.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="gradientScale">Multiplies g.</param>
    void AdagradRowsStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> sumOfSquares, float learningRate, float epsilon, float gradientScale);

    /// <summary>Row-wise Adagrad on touched rows: <c>s[row] += mean over the row of g²; w −= lr · g / (√s[row] + ε)</c>.</summary>
    /// <remarks>Source: as in FBGEMM's EXACT_ROWWISE_ADAGRAD; one accumulator a row.</remarks>
    /// <param name="table">(Rows, D).</param>
    /// <param name="groups">Names the touched rows.</param>
    /// <param name="rowGradients">(U, D).</param>
    /// <param name="rowSums">One accumulator for each row.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="gradientScale">Multiplies g.</param>
    void RowwiseAdagradStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> rowSums, float learningRate, float epsilon, float gradientScale);

    /// <summary>Adam on touched rows only (lazy: moments of other rows do not decay).</summary>
    /// <param name="table">(Rows, D).</param>
    /// <param name="groups">Names the touched rows.</param>
    /// <param name="rowGradients">(U, D).</param>
    /// <param name="firstMoment">Rows·D.</param>
    /// <param name="secondMoment">Rows·D.</param>
    /// <param name="arguments">Rates and step.</param>
    void AdamRowsStep(Matrix table, RowGroups groups, Matrix rowGradients, DeviceBuffer<float> firstMoment, DeviceBuffer<float> secondMoment, AdamArguments arguments);
}
