namespace Dlrm.Data.Synthetic;

/// <summary>One sparse feature of a synthetic dataset, and the teacher's table for it.</summary>
public sealed record SyntheticTable
{
    /// <summary>Gets the number of rows of the table.</summary>
    public required long Rows { get; init; }

    /// <summary>Gets the exponent α of the power law of its ids.</summary>
    /// <value>The default is 1.05; 0 is uniform.</value>
    public double ZipfExponent { get; init; } = 1.05;

    /// <summary>Gets the variance that this table adds to the logit with the dense features, relative to the other tables.</summary>
    /// <value>The default is 1.</value>
    public double Weight { get; init; } = 1;

    /// <summary>Gets the inner TT ranks R[1..d-1] of the teacher's table; empty for a dense one.</summary>
    public IReadOnlyList<int> TeacherRanks { get; init; } = [];

    /// <summary>Gets the column modes J[0..d) of the teacher's table; empty: balanced.</summary>
    /// <remarks><para>
    /// A model whose tables enter by dot products knows their columns only up to an invertible map E·Q. With all columns in one core
    /// ([1, 1, 8]) Q is absorbed by that core, so the TT ranks are a property of the clicks; with columns in several cores Q may raise them.
    /// </para></remarks>
    public IReadOnlyList<int> ColumnModes { get; init; } = [];

    /// <summary>Gets a value indicating whether the teacher's table is a TT-matrix.</summary>
    public bool IsTtm => TeacherRanks.Count > 0;
}
