using System.Text.Json.Serialization;

namespace Dlrm.Data.Synthetic;

/// <summary>What <c>teacher.json</c> says of one table.</summary>
public sealed record TeacherTableDescription
{
    /// <summary>Gets the column, <c>C1</c> and so on.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the number of rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Gets the exponent of the power law of its ids.</summary>
    public required double ZipfExponent { get; init; }

    /// <summary>Gets I[0..d); empty for a dense table.</summary>
    public required IReadOnlyList<int> RowModes { get; init; }

    /// <summary>Gets J[0..d); empty for a dense table.</summary>
    public required IReadOnlyList<int> ColumnModes { get; init; }

    /// <summary>Gets the true TT ranks R[0..d], the outer ones being 1; empty for a dense table.</summary>
    public required IReadOnlyList<int> Ranks { get; init; }

    /// <summary>Gets the number of parameters stored.</summary>
    public required long Parameters { get; init; }

    /// <summary>Gets their bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets the position of the first parameter within <c>teacher.bin</c>, in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>Gets a value indicating whether the table is a TT-matrix.</summary>
    [JsonIgnore]
    public bool IsTtm => Ranks.Count > 0;
}
