using Dlrm.CommandLine.Runs;

namespace Dlrm.CommandLine.Experiments;

/// <summary>One variant over its seeds.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Runs">Its runs, one a seed.</param>
internal sealed record VariantSummary(ExperimentVariant Variant, IReadOnlyList<RunResult> Runs)
{
    /// <summary>Gets the test AUC.</summary>
    internal (double Mean, double Deviation) Auc => Of(run => run.Test?.Auc);

    /// <summary>Gets the test log loss in nats.</summary>
    internal (double Mean, double Deviation) LogLoss => Of(run => run.Test?.LogLoss);

    /// <summary>Gets the test log loss over that of the base rate.</summary>
    internal (double Mean, double Deviation) NormalizedEntropy => Of(run => run.Test?.NormalizedEntropy);

    /// <summary>Gets the mean bytes of the whole model.</summary>
    internal long ModelBytes => (long)Runs.Average(run => run.ModelBytes);

    /// <summary>Gets the mean samples per second of training.</summary>
    internal double SamplesPerSecond => Runs.Average(run => run.SamplesPerSecond);

    /// <summary>Computes mean and standard deviation (of a sample, n − 1).</summary>
    /// <param name="values">One number a run.</param>
    /// <returns>Mean and deviation; deviation 0 for one run.</returns>
    internal static (double Mean, double Deviation) MeanAndDeviation(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        double squares = values.Sum(number => (number - mean) * (number - mean));
        return (mean, values.Count > 1 ? Math.Sqrt(squares / (values.Count - 1)) : 0);
    }

    /// <summary>Summarises the runs.</summary>
    /// <param name="value">The number of one run.</param>
    /// <returns>Mean and deviation; NaN when a run has none.</returns>
    private (double Mean, double Deviation) Of(Func<RunResult, double?> value) => MeanAndDeviation([.. Runs.Select(run => value(run) ?? double.NaN)]);
}
