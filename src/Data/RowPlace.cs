namespace Dlrm.Data;

/// <summary>Where a row stands, for messages.</summary>
/// <param name="Path">The file.</param>
/// <param name="Row">The row within the file, from 0.</param>
internal readonly record struct RowPlace(string Path, long Row)
{
    /// <summary>Makes the exception for a value of this row.</summary>
    /// <param name="column">The column.</param>
    /// <param name="problem">The value and what is wrong with it.</param>
    /// <returns>The exception.</returns>
    internal DataFormatException Problem(string column, string problem) => new($"{Path}: row {Row} (from 0), column {column}: {problem}");
}
