namespace Dlrm.Data;

/// <summary>Says which columns of raw files are the label and the features.</summary>
public sealed record ColumnMapping
{
    /// <summary>Gets the column of the label.</summary>
    /// <value>The default is <c>label</c>.</value>
    public string Label { get; init; } = "label";

    /// <summary>Gets the value from which on the label is 1; null when the column holds 0 and 1.</summary>
    /// <value>The default is null.</value>
    public double? LabelThreshold { get; init; }

    /// <summary>Gets the columns of the dense features.</summary>
    /// <value>The default is I1 to I13.</value>
    public IReadOnlyList<string> Dense { get; init; } = [.. Enumerable.Range(1, 13).Select(static i => $"I{i}")];

    /// <summary>Gets the columns of the sparse features.</summary>
    /// <value>The default is C1 to C26.</value>
    public IReadOnlyList<string> Sparse { get; init; } = [.. Enumerable.Range(1, 26).Select(static i => $"C{i}")];

    /// <summary>Gets the names of all columns of a text file in order, instead of its header or where it has none; null for label, dense, sparse.</summary>
    /// <value>The default is null.</value>
    public IReadOnlyList<string>? FileColumns { get; init; }

    /// <summary>Makes the mapping that reads what a schema describes.</summary>
    /// <param name="schema">The schema.</param>
    /// <returns>The mapping.</returns>
    public static ColumnMapping Of(DatasetSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new() { Label = schema.Label, Dense = schema.Dense, Sparse = [.. schema.Sparse.Select(static feature => feature.Name)] };
    }

    /// <summary>Collects what is wrong.</summary>
    /// <param name="problems">Receives one sentence for each wrong field.</param>
    internal void Validate(List<string> problems)
    {
        string[] columns = [Label, .. Dense, .. Sparse];
        if (columns.Any(string.IsNullOrEmpty) || Dense.Count + Sparse.Count == 0)
        {
            problems.Add("Columns needs a name for the label and for at least one feature.");
        }

        // A rating may be the label and nothing else: what is learned must not be told.
        if (columns.GroupBy(static c => c, StringComparer.OrdinalIgnoreCase).FirstOrDefault(static g => g.Count() > 1) is { } twice)
        {
            problems.Add($"Columns names '{twice.Key}' twice.");
        }

        if (FileColumns is not null && columns.Skip(1).FirstOrDefault(c => !FileColumns.Contains(c)) is { } absent)
        {
            problems.Add($"Columns.FileColumns has no '{absent}'.");
        }

        if (LabelThreshold is { } threshold && !double.IsFinite(threshold))
        {
            problems.Add($"Columns.LabelThreshold is {threshold}; a finite number is needed.");
        }
    }
}
