namespace Dlrm.CommandLine.Bench;

/// <summary>A work that we do, in this process.</summary>
/// <param name="time">The clock.</param>
/// <param name="run">Does repetition 0, 1, 2 …</param>
/// <param name="check">Computes the number that every side must find, before the first repetition; null: none.</param>
/// <param name="resources">What is disposed with it, in this order.</param>
internal sealed class OwnSide(TimeProvider time, Action<long> run, Func<double>? check, params IDisposable[] resources) : ISide
{
    private long _repetition;

    /// <inheritdoc/>
    public double? Check { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Measure(double seconds)
    {
        if (_repetition == 0)
        {
            Check = check?.Invoke();
        }

        List<double> milliseconds = [];
        long start = time.GetTimestamp();
        while (milliseconds.Count == 0 || time.GetElapsedTime(start).TotalSeconds < seconds)
        {
            long begin = time.GetTimestamp();
            run(_repetition++);
            milliseconds.Add(time.GetElapsedTime(begin).TotalMilliseconds);
        }

        return milliseconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable resource in resources)
        {
            resource.Dispose();
        }
    }
}
