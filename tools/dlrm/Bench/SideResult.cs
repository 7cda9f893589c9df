using System.Text.Json.Serialization;

namespace Dlrm.CommandLine.Bench;

/// <summary>The times of one side.</summary>
/// <param name="Name">The side.</param>
/// <param name="Rounds">The median milliseconds of each round's turn.</param>
/// <param name="Least">The shortest repetition of all, in milliseconds.</param>
internal sealed record SideResult(string Name, IReadOnlyList<double> Rounds, double Least)
{
    /// <summary>Gets the median over the rounds, in milliseconds.</summary>
    public double Median { get; } = Statistics.Median(Rounds);

    /// <summary>Gets or sets GFLOP/s of the work as that side does it, 0 when it is not counted.</summary>
    [JsonPropertyName("gflops")]
    public double GigaFlops { get; init; }
}
