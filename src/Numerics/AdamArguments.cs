namespace Dlrm.Numerics;

/// <summary>The numbers of one Adam step.</summary>
/// <param name="LearningRate">lr, per step on the mean loss.</param>
/// <param name="Beta1">β1.</param>
/// <param name="Beta2">β2.</param>
/// <param name="Epsilon">ε, added to √v̂.</param>
/// <param name="Step">The step counter t, from 1, for the bias corrections 1 − βᵗ.</param>
/// <param name="GradientScale">Multiplies the gradient first.</param>
public readonly record struct AdamArguments(float LearningRate, float Beta1, float Beta2, float Epsilon, long Step, float GradientScale);
