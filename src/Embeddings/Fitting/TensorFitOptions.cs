using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>How a TT-matrix is fitted to given rows.</summary>
public sealed record TensorFitOptions
{
    /// <summary>Gets the optimiser steps.</summary>
    /// <value>The default is 6,000.</value>
    public int Steps { get; init; } = 6000;

    /// <summary>Gets the rows of a batch.</summary>
    /// <value>The default is 256.</value>
    public int BatchRows { get; init; } = 256;

    /// <summary>Gets the seed of draws and batches.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gets the standard deviation τ of the noise; 0: learned, τ² ← mean (y − f)², with <see cref="NoiseFloor"/> times the data's deviation as floor.</summary>
    public double Noise { get; init; }

    /// <summary>Gets the floor of a learned τ, relative to the data's standard deviation.</summary>
    /// <value>The default is 0.001.</value>
    public double NoiseFloor { get; init; } = 0.001;

    /// <summary>Gets the optimiser of the cores.</summary>
    /// <value>The default is Adam 0.02.</value>
    public OptimizerOptions Optimizer { get; init; } = new() { Kind = OptimizerKind.Adam, LearningRate = 0.02 };

    /// <summary>Gets the prior.</summary>
    /// <value>The default is the evidence lower bound (KlWeight 1) of the log-uniform prior.</value>
    public RankPriorOptions RankPrior { get; init; } = new() { KlWeight = 1 };

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range.</exception>
    public void Validate()
    {
        List<string> problems = [.. Optimizer.Problems("optimizer"), .. RankPrior.Problems("rankPrior")];
        if (Steps < 1)
        {
            problems.Add($"steps is {Steps}; it must be at least 1.");
        }

        if (BatchRows < 1)
        {
            problems.Add($"batchRows is {BatchRows}; it must be at least 1.");
        }

        if (!double.IsFinite(Noise) || Noise < 0)
        {
            problems.Add($"noise is {Noise}; it must be 0 (learned) or above.");
        }

        if (!(NoiseFloor > 0))
        {
            problems.Add($"noiseFloor is {NoiseFloor}; it must be above 0.");
        }

        if (problems.Count > 0)
        {
            throw new OptionsException(problems);
        }
    }
}
