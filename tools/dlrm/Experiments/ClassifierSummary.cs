namespace Dlrm.CommandLine.Experiments;

/// <summary>One variant of a classifier over its seeds.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Runs">Its runs, one a seed.</param>
internal sealed record ClassifierSummary(ExperimentVariant Variant, IReadOnlyList<ClassifierRunResult> Runs)
{
    /// <summary>Gets the test accuracy.</summary>
    internal (double Mean, double Deviation) Accuracy => Of(run => run.TestAccuracy);

    /// <summary>Gets the test loss in nats.</summary>
    internal (double Mean, double Deviation) TestLoss => Of(run => run.TestLoss);

    /// <summary>Gets the seconds of training.</summary>
    internal (double Mean, double Deviation) Seconds => Of(run => run.Seconds);

    /// <summary>Gets the mean of the numbers that the model stores.</summary>
    internal long StoredElements => (long)Runs.Average(run => run.StoredElements);

    private (double Mean, double Deviation) Of(Func<ClassifierRunResult, double> value) => VariantSummary.MeanAndDeviation([.. Runs.Select(value)]);
}
