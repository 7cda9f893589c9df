namespace Dlrm.CommandLine.Bench;

/// <summary>One row of the bench: the same work on several sides, measured in turn.</summary>
internal sealed record Contest
{
    /// <summary>Gets its name for <c>--works</c>; the beginning is enough there: "ttm-forward-16-2048-zipf".</summary>
    public required string Key { get; init; }

    /// <summary>Gets the heading that it stands under.</summary>
    public required string Group { get; init; }

    /// <summary>Gets what tells it from the others of its group.</summary>
    public required string Case { get; init; }

    /// <summary>Gets the sides in the order of their turns; the first one is ours.</summary>
    public required IReadOnlyList<SidePlan> Sides { get; init; }

    /// <summary>Gets what must hold.</summary>
    public IReadOnlyList<Demand> Demands { get; init; } = [];

    /// <summary>Gets the multiply-adds when every id is computed alone, 0 when they are not counted.</summary>
    public double MultiplyAdds { get; init; }

    /// <summary>Gets the multiply-adds when equal prefixes are computed once: the least that our way needs.</summary>
    public double LeastMultiplyAdds { get; init; }

    /// <summary>Gets the seconds of one turn; one repetition at least is made.</summary>
    public double Seconds { get; init; } = 0.04;

    /// <summary>Gets the seconds of repetitions before the first turn.</summary>
    public double WarmUp { get; init; } = 0.25;

    /// <summary>Gets a guess of what the whole contest takes, in seconds, to tell the time left.</summary>
    public double Weight { get; init; } = 1;
}
