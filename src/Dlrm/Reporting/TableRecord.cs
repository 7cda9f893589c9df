namespace Dlrm.Reporting;

/// <summary>One table in a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Name">Its name: "tables.C3".</param>
/// <param name="Description">Its kind, modes and TT ranks in one line.</param>
/// <param name="Ranks">The inner TT ranks; empty for a tensor that was dropped whole, null for a table that is no tensor.</param>
/// <param name="StoredBytes">The bytes that the compact model stores for it.</param>
/// <param name="DenseBytes">The bytes that it would have with every row as it is.</param>
public sealed record TableRecord(string Name, string Description, IReadOnlyList<int>? Ranks, long StoredBytes, long DenseBytes);
