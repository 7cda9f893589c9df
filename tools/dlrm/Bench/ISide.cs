namespace Dlrm.CommandLine.Bench;

/// <summary>One of the programs that do the same work, in a comparison.</summary>
internal interface ISide : IDisposable
{
    /// <summary>Gets a number that every side must find for the same input, or null; known after the first <see cref="Measure"/>.</summary>
    double? Check { get; }

    /// <summary>Does the work again and again for a time, at least once; returns when nothing of it uses a processor any more.</summary>
    /// <param name="seconds">The time.</param>
    /// <returns>The milliseconds of each repetition.</returns>
    IReadOnlyList<double> Measure(double seconds);
}
