namespace Dlrm.Data.Synthetic;

/// <summary>What <c>teacher.json</c> says: the model that labelled a synthetic dataset, and what the best possible model reaches on it.</summary>
/// <remarks>
/// <para>The tables' parameters stand in <c>teacher.bin</c>: little-endian float32, table after table, each core after core with the layout of
/// <see cref="Numerics.TtmShape"/> (a dense table row by row). The logit's formula is that of <see cref="SyntheticTeacher"/>.</para>
/// </remarks>
public sealed record TeacherDescription
{
    /// <summary>Gets the format's name, always <c>dlrm-teacher</c>.</summary>
    public string Format { get; init; } = TeacherFile.FormatName;

    /// <summary>Gets the version of the layout.</summary>
    public int Version { get; init; } = TeacherFile.CurrentVersion;

    /// <summary>Gets the seed of teacher and data.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Gets a value indicating whether ids are scrambled and not in order of frequency.</summary>
    public required bool ScrambleIds { get; init; }

    /// <summary>Gets the figures of the teacher's own probabilities on the training rows.</summary>
    public required BayesFigures Train { get; init; }

    /// <summary>Gets the figures on the validation rows.</summary>
    public required BayesFigures Valid { get; init; }

    /// <summary>Gets the figures on the test rows.</summary>
    public required BayesFigures Test { get; init; }

    /// <summary>Gets the tables.</summary>
    public required IReadOnlyList<TeacherTableDescription> Tables { get; init; }

    /// <summary>Gets W (D, F), row-major.</summary>
    public required double[] BottomWeights { get; init; }

    /// <summary>Gets a (D).</summary>
    public required double[] BottomBias { get; init; }

    /// <summary>Gets u (D).</summary>
    public required double[] DenseWeights { get; init; }

    /// <summary>Gets β (T).</summary>
    public required double[] FirstOrderWeights { get; init; }

    /// <summary>Gets α (T).</summary>
    public required double[] PairWeights { get; init; }

    /// <summary>Gets b.</summary>
    public required double Bias { get; init; }
}
