namespace Dlrm.CommandLine.Bench;

/// <summary>A geometric mean over the rows of a group that must hold.</summary>
/// <param name="Group">The heading of the rows.</param>
/// <param name="Slow">The peer.</param>
/// <param name="Rows">How many rows were measured.</param>
/// <param name="AtLeast">The mean asked for.</param>
/// <param name="Ratio">The mean.</param>
internal sealed record MeanResult(string Group, string Slow, int Rows, double AtLeast, double Ratio)
{
    /// <summary>Gets whether it holds.</summary>
    public bool Holds => Ratio >= AtLeast;
}
