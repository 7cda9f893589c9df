namespace Dlrm.CommandLine.Hosting;

/// <summary>Tells how many rows are done: redrawn in place on a terminal, one line every few seconds elsewhere.</summary>
/// <param name="terminal">Where.</param>
/// <param name="time">The clock.</param>
/// <param name="verb">What is done.</param>
internal sealed class ProgressLine(Terminal terminal, TimeProvider time, string verb)
{
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _last = TimeSpan.FromSeconds(-10);

    /// <summary>Tells.</summary>
    /// <param name="done">The rows done.</param>
    /// <param name="total">All rows, or 0 when nobody knows.</param>
    internal void Report(long done, long total)
    {
        TimeSpan elapsed = time.GetElapsedTime(_start);
        bool isEnd = total > 0 && done >= total;
        if (!isEnd && elapsed - _last < TimeSpan.FromSeconds(terminal.IsInteractive ? 0.2 : 5))
        {
            return;
        }

        _last = elapsed;
        string left = total > 0 && done > 0 ? $", {Format.Time(elapsed * ((double)(total - done) / done))} left" : string.Empty;
        string text = $"{verb}: {Format.Count(done)}{(total > 0 ? " of " + Format.Count(total) : string.Empty)} rows, "
            + $"{Format.Count((long)(done / Math.Max(elapsed.TotalSeconds, 1e-3)))} rows/s{left}";
        if (terminal.IsInteractive)
        {
            terminal.Error.Write("\r" + text.PadRight(78) + (isEnd ? "\n" : string.Empty));
            terminal.Error.Flush();
        }
        else
        {
            terminal.Note(text);
        }
    }
}
