namespace Dlrm.Embeddings;

/// <summary>How a table is stored, and why.</summary>
/// <param name="Options">The options; the format is not Auto.</param>
/// <param name="Reason">One phrase: what decided.</param>
public sealed record FormatChoice(TableOptions Options, string Reason);
