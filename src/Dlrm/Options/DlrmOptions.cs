using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Everything that decides what a model is and how it is trained.</summary>
public sealed record DlrmOptions
{
    /// <summary>Gets the model's sizes and the storage of its tables.</summary>
    public ModelOptions Model { get; init; } = new();

    /// <summary>Gets how it is trained.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Gets how the TT ranks are inferred.</summary>
    public RankPriorOptions RankPrior { get; init; } = new();

    /// <summary>Gets how the workers of one job work together.</summary>
    public DistributedOptions Distributed { get; init; } = new();

    /// <summary>Lists every field that is out of range.</summary>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems() =>
        Model.Problems("model").Concat(Training.Problems("training")).Concat(RankPrior.Problems("rankPrior"))
            .Concat(this.Distributed.Problems("distributed")).Concat(Conflicts());

    private IEnumerable<string> Conflicts()
    {
        if (RankPrior.Inference == InferenceKind.Map && Training.FactorOptimizer.Kind == OptimizerKind.Sgd)
        {
            yield return "rankPrior.inference is map, which needs the mean squared gradient that training.factorOptimizer sgd does not keep; use adam or adagrad.";
        }
    }

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range, with its value and its range.</exception>
    public void Validate()
    {
        string[] problems = [.. Problems()];
        if (problems.Length > 0)
        {
            throw new OptionsException(problems);
        }
    }
}
