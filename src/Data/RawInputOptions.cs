namespace Dlrm.Data;

/// <summary>How raw files are read.</summary>
public sealed record RawInputOptions
{
    /// <summary>Gets the format.</summary>
    /// <value>The default is <see cref="RawFormat.Auto"/>.</value>
    public RawFormat Format { get; init; } = RawFormat.Auto;

    /// <summary>Gets what stands between two fields of a text; null for a tab if the first line has one, else a comma.</summary>
    /// <value>The default is null.</value>
    public char? Delimiter { get; init; }

    /// <summary>Gets a value indicating whether the first line of a text names its columns; null for yes if it has the names of all features, or numbers 0, 1, 2, … in place of names (after an empty one: an index, which is passed over).</summary>
    /// <value>The default is null.</value>
    public bool? HasHeader { get; init; }

    /// <summary>Gets the columns.</summary>
    /// <value>The default is Criteo's.</value>
    public ColumnMapping Columns { get; init; } = new();

    /// <summary>Gets the texts that mean a missing value, besides null.</summary>
    /// <value>The default is the empty text.</value>
    public IReadOnlyList<string> MissingValues { get; init; } = [string.Empty];

    /// <summary>Collects what is wrong.</summary>
    /// <param name="problems">Receives one sentence for each wrong field.</param>
    internal void Validate(List<string> problems)
    {
        Columns.Validate(problems);
        if (Delimiter is '\n' or '\r' or '"' or '\0')
        {
            problems.Add($"Delimiter is character {(int)Delimiter.Value}, which can't stand between fields.");
        }
    }
}
