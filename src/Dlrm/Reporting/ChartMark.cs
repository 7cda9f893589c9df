namespace Dlrm.Reporting;

/// <summary>How the points of a series are drawn.</summary>
public enum ChartMark
{
    /// <summary>A line from point to point.</summary>
    Line,

    /// <summary>A line that keeps its height up to the next point.</summary>
    Step,

    /// <summary>A line with a dot at each point.</summary>
    LineAndDots,

    /// <summary>Dots.</summary>
    Dots,
}
