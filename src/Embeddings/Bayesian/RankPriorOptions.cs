namespace Dlrm.Embeddings;

/// <summary>How the TT ranks are inferred while training.</summary>
public sealed record RankPriorOptions
{
    /// <summary>Gets how the posterior is inferred.</summary>
    /// <value>The default is Svi.</value>
    public InferenceKind Inference { get; init; } = InferenceKind.Svi;

    /// <summary>Gets the hyper-prior.</summary>
    /// <value>The default is LogUniform.</value>
    public RankPriorKind Prior { get; init; } = RankPriorKind.LogUniform;

    /// <summary>Gets the half-Cauchy scale η of the standard deviation √λ.</summary>
    /// <value>The default is 0.1.</value>
    public double Scale { get; init; } = 0.1;

    /// <summary>Gets β, the weight of the KL divergence: 1 is the evidence lower bound, 0 keeps ranks; null: <see cref="AutomaticKlWeight"/>.</summary>
    /// <value>The default is null.</value>
    public double? KlWeight { get; init; }

    /// <summary>Gets the fraction of the run after which β starts to rise from 0.</summary>
    /// <value>The default is 0.1.</value>
    public double KlWarmupStart { get; init; } = 0.1;

    /// <summary>Gets the fraction of the run after which β has its full value.</summary>
    /// <value>The default is 0.4.</value>
    public double KlWarmupEnd { get; init; } = 0.4;

    /// <summary>Gets γ of the damped update λ ← (1−γ)λ + γλ*.</summary>
    /// <value>The default is 1.</value>
    public double Damping { get; init; } = 1;

    /// <summary>Gets the start of σ as a fraction of the factor's own standard deviation.</summary>
    /// <value>The default is 0.01.</value>
    public double InitialDeviation { get; init; } = 0.01;

    /// <summary>Gets the learning rate of ρ = ln σ, for Adam; 0: that of the factors when they use Adam, else 0.02.</summary>
    /// <value>The default is 0.</value>
    public double LogDeviationLearningRate { get; init; }

    /// <summary>Gets the steps between two gauge moves; 0: never.</summary>
    /// <value>The default is 100.</value>
    public int GaugeEvery { get; init; } = 100;

    /// <summary>Gets the steps between two pruning events, which follow a gauge move where there are any; 0: never.</summary>
    /// <value>The default is 200.</value>
    public int PruneEvery { get; init; } = 200;

    /// <summary>Gets which components a pruning event removes.</summary>
    /// <value>The default is Evidence.</value>
    public PruneRule PruneRule { get; init; } = PruneRule.Evidence;

    /// <summary>Gets the fraction of the bond's largest λ below which the threshold rule removes a component.</summary>
    /// <value>The default is 0.001.</value>
    public double PruneThreshold { get; init; } = 1e-3;

    /// <summary>Gets the batches on which a pruning event measures the data fit lost.</summary>
    /// <value>The default is 8.</value>
    public int PruneBatches { get; init; } = 8;

    /// <summary>Gets the last fraction of the run in which nothing is pruned.</summary>
    /// <value>The default is 0.1.</value>
    public double PruneEnd { get; init; } = 0.1;

    /// <summary>Chooses β from the data: the bound is right when samples are many for each entry, and too strong for prediction when they are few.</summary>
    /// <remarks>
    /// <code>β = clamp(0.01 · N / entries, 0.005, 1)</code>
    /// <para>A rule of thumb: β chosen by hand was 0.01 with 0.85 clicks an entry (137k Criteo rows) and 0.05 to 0.3 with 10 (MovieLens-1M). The rule itself has not been run as an experiment.</para>
    /// </remarks>
    /// <param name="samples">N, the training samples.</param>
    /// <param name="entries">The entries of all cores at the start.</param>
    /// <returns>β.</returns>
    public static double AutomaticKlWeight(long samples, long entries) => Math.Clamp(0.01 * samples / Math.Max(entries, 1), 0.005, 1);

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        (string Name, double Value, bool IsGood, string Range)[] fields =
        [
            ("scale", Scale, double.IsFinite(Scale) && Scale > 0, "above 0"),
            ("klWeight", KlWeight ?? 0, KlWeight is null || (double.IsFinite(KlWeight.Value) && KlWeight >= 0), "0 or above, or null for automatic"),
            ("klWarmupStart", KlWarmupStart, KlWarmupStart >= 0 && KlWarmupStart <= 1, "in [0, 1]"),
            ("klWarmupEnd", KlWarmupEnd, KlWarmupEnd >= KlWarmupStart && KlWarmupEnd <= 1, "in [klWarmupStart, 1]"),
            ("damping", Damping, Damping > 0 && Damping <= 1, "in (0, 1]"),
            ("initialDeviation", InitialDeviation, InitialDeviation > 0 && InitialDeviation <= 1, "in (0, 1]"),
            ("logDeviationLearningRate", LogDeviationLearningRate, double.IsFinite(LogDeviationLearningRate) && LogDeviationLearningRate >= 0, "0 or above"),
            ("gaugeEvery", GaugeEvery, GaugeEvery >= 0, "0 or above"),
            ("pruneEvery", PruneEvery, PruneEvery >= 0, "0 or above"),
            ("pruneThreshold", PruneThreshold, PruneThreshold > 0 && PruneThreshold < 1, "in (0, 1)"),
            ("pruneBatches", PruneBatches, PruneBatches >= 2, "2 or above"),
            ("pruneEnd", PruneEnd, PruneEnd >= 0 && PruneEnd <= 1, "in [0, 1]"),
        ];
        foreach ((string name, double value, bool isGood, string range) in fields)
        {
            if (!isGood)
            {
                yield return $"{path}.{name} is {value}; it must be {range}.";
            }
        }

        if (Inference == InferenceKind.FixedRanks || PruneEvery == 0)
        {
            yield break;
        }

        if (GaugeEvery > 0 && PruneEvery % GaugeEvery != 0)
        {
            yield return $"{path}.pruneEvery is {PruneEvery}; pruning follows a gauge move, so it must be a multiple of gaugeEvery, {GaugeEvery}, or one of them must be 0.";
        }

        if (KlWarmupEnd >= 1 - PruneEnd)
        {
            yield return $"{path}.klWarmupEnd is {KlWarmupEnd}; pruning happens between it and 1 − pruneEnd, {1 - PruneEnd}, so nothing would be pruned: lower it, or set pruneEvery to 0.";
        }
    }
}
