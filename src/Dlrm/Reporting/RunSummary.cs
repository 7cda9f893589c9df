using Dlrm.Metrics;

namespace Dlrm.Reporting;

/// <summary>What a report says besides the run folder's own files.</summary>
public sealed record RunSummary
{
    /// <summary>Gets the title.</summary>
    public required string Title { get; init; }

    /// <summary>Gets the name of the run in legends.</summary>
    public string Name { get; init; } = "this run";

    /// <summary>Gets facts for the head of the page, by name: dataset, device, time.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>Gets the results; the first row is what the others are compared with.</summary>
    public IReadOnlyList<ResultRow> Results { get; init; } = [];

    /// <summary>Gets the best AUC that any model can reach on these data, when it is known; else NaN.</summary>
    public double BestAuc { get; init; } = double.NaN;

    /// <summary>Gets reliability tables by what made the predictions; bins with samples only.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ReliabilityBin>> Reliability { get; init; } = new Dictionary<string, IReadOnlyList<ReliabilityBin>>();

    /// <summary>Gets the root mean square of an entry by table or layer, where it was measured.</summary>
    public IReadOnlyDictionary<string, double> Energies { get; init; } = new Dictionary<string, double>();

    /// <summary>Gets the true inner TT ranks by table name, when they are known.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> TrueRanks { get; init; } = new Dictionary<string, IReadOnlyList<int>>();

    /// <summary>Gets the metrics of runs to draw beside this one, by name: a path of a <c>metrics.jsonl</c> each.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Peers { get; init; } = [];
}
