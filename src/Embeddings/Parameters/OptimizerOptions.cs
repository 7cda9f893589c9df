using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>How one group of parameters is optimised.</summary>
public sealed record OptimizerOptions
{
    /// <summary>Gets the optimiser.</summary>
    /// <value>The default is Adagrad.</value>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adagrad;

    /// <summary>Gets the learning rate, per step on the mean loss.</summary>
    /// <value>The default is 0.01.</value>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Gets Adam's β1.</summary>
    /// <value>The default is 0.9.</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Gets Adam's β2.</summary>
    /// <value>The default is 0.999.</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Gets ε of Adam and Adagrad.</summary>
    /// <value>The default is 1e-8.</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages: "tables".</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        if (!double.IsFinite(LearningRate) || LearningRate <= 0)
        {
            yield return $"{path}.learningRate is {LearningRate}; it must be above 0.";
        }

        if (!(Beta1 >= 0 && Beta1 < 1))
        {
            yield return $"{path}.beta1 is {Beta1}; it must be in [0, 1).";
        }

        if (!(Beta2 >= 0 && Beta2 < 1))
        {
            yield return $"{path}.beta2 is {Beta2}; it must be in [0, 1).";
        }

        if (!double.IsFinite(Epsilon) || Epsilon <= 0)
        {
            yield return $"{path}.epsilon is {Epsilon}; it must be above 0.";
        }
    }

    /// <summary>Makes the arguments of one Adam step.</summary>
    /// <param name="context">The shared numbers.</param>
    /// <returns>The arguments.</returns>
    internal AdamArguments AdamArguments(in StepContext context) =>
        new((float)LearningRate * context.LearningRateFactor, (float)Beta1, (float)Beta2, (float)Epsilon, context.Step, context.GradientScale);
}
