namespace Dlrm.CommandLine.Hosting;

/// <summary>Tells how far something is: redrawn in place on a terminal, one line every few seconds elsewhere.</summary>
/// <param name="terminal">Where.</param>
/// <param name="time">The clock.</param>
/// <param name="verb">What is done.</param>
internal sealed class ProgressLine(Terminal terminal, TimeProvider time, string verb)
{
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _last = TimeSpan.FromSeconds(-10);

    /// <summary>Tells how many rows are done.</summary>
    /// <param name="done">The rows done.</param>
    /// <param name="total">All rows.</param>
    internal void Report(long done, long total)
    {
        double rate = done / Math.Max(time.GetElapsedTime(_start).TotalSeconds, 1e-3);
        Report($"{Format.Count(done)} of {Format.Count(total)} rows, {Format.Count((long)rate)} rows/s", total > 0 ? (double)done / total : 1);
    }

    /// <summary>Tells what share is done.</summary>
    /// <param name="step">What is being done.</param>
    /// <param name="fraction">The share, in [0, 1].</param>
    internal void Report(string step, double fraction)
    {
        TimeSpan elapsed = time.GetElapsedTime(_start);
        bool isEnd = fraction >= 1;
        if (!isEnd && elapsed - _last < TimeSpan.FromSeconds(terminal.IsInteractive ? 0.2 : 5))
        {
            return;
        }

        _last = elapsed;
        string left = fraction is > 0.01 and < 1 ? $", {Format.Time(elapsed * ((1 - fraction) / fraction))} left" : string.Empty;
        string text = $"{verb}: {step} ({Format.Share(fraction)}{left})";
        if (terminal.IsInteractive)
        {
            terminal.Error.Write("\r" + text.PadRight(100)[..100] + (isEnd ? "\n" : string.Empty));
            terminal.Error.Flush();
        }
        else
        {
            terminal.Note(text);
        }
    }
}
