using Dlrm.CommandLine.Bench.Measuring;

namespace Dlrm.CommandLine.Bench;

/// <summary>What one operator takes of a training step.</summary>
/// <param name="Name">The operator.</param>
/// <param name="Calls">Its calls a step.</param>
/// <param name="Milliseconds">Its time a step.</param>
/// <param name="Share">Its share of the step.</param>
/// <param name="GigaFlops">Its rate in GFLOP/s, a multiply-add being two; 0 when not counted.</param>
/// <param name="GigabytesPerSecond">The bytes that its definition moves, in GB/s; 0 when not counted.</param>
internal sealed record StepOperator(string Name, double Calls, double Milliseconds, double Share, double GigaFlops, double GigabytesPerSecond)
{
    /// <summary>Makes it from the totals of some steps.</summary>
    /// <param name="name">The operator.</param>
    /// <param name="totals">Its totals.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="time">The time of all steps.</param>
    /// <returns>The part of one step.</returns>
    internal static StepOperator Of(string name, OperatorTotals totals, int steps, TimeSpan time)
    {
        double seconds = Math.Max(totals.Time.TotalSeconds, 1e-9);
        return new StepOperator(name, (double)totals.Calls / steps, totals.Time.TotalMilliseconds / steps, totals.Time / time, 2e-9 * totals.MultiplyAdds / seconds, 1e-9 * totals.Bytes / seconds);
    }
}
