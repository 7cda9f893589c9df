using Dlrm.CommandLine.Runs;
using Dlrm.Data.Synthetic;
using Dlrm.Training;

namespace Dlrm.CommandLine.Experiments;

/// <summary>What every variant came to on one generated dataset.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Teacher">The model that labelled it.</param>
/// <param name="Summaries">One a variant.</param>
internal sealed record TeacherOutcome(ExperimentDataset Dataset, TeacherDescription Teacher, IReadOnlyList<VariantSummary> Summaries)
{
    /// <summary>Gets the bytes of the teacher's own TT-matrix tables.</summary>
    internal long TeacherBytes => TeacherTables.Sum(table => table.Bytes);

    /// <summary>Gets the sum of the inner TT ranks of the teacher's tables.</summary>
    internal int TeacherRankSum => TeacherTables.Sum(table => TrueRanks(table).Sum());

    private IEnumerable<TeacherTableDescription> TeacherTables => Teacher.Tables.Where(table => table.IsTtm);

    /// <summary>Gets the inner TT ranks of one of the teacher's tables.</summary>
    /// <param name="table">The table.</param>
    /// <returns>R[1..d).</returns>
    internal static IReadOnlyList<int> TrueRanks(TeacherTableDescription table) => [.. table.Ranks.Skip(1).SkipLast(1)];

    /// <summary>Gets the tables of a run for which the teacher has a TT-matrix.</summary>
    /// <param name="run">The run.</param>
    /// <returns>The teacher's table, and that of the run.</returns>
    internal IEnumerable<(TeacherTableDescription True, TableReport Found)> Tables(RunResult run) =>
        TeacherTables.Select(table => (table, run.Tables.Single(found => found.Name == "tables." + table.Name)));

    /// <summary>Gets the bytes that a run stores for those tables.</summary>
    /// <param name="run">The run.</param>
    /// <returns>The bytes.</returns>
    internal long FoundBytes(RunResult run) => Tables(run).Sum(table => table.Found.StoredBytes);

    /// <summary>Gets the sum of the inner TT ranks that a run found; 0 for tables that it dropped.</summary>
    /// <param name="run">The run.</param>
    /// <returns>The sum; null for a run whose tables are no TT-matrices.</returns>
    internal int? FoundRankSum(RunResult run) =>
        Tables(run).All(table => table.Found.Ranks is null) ? null : Tables(run).Sum(table => table.Found.Ranks?.Sum() ?? 0);
}
