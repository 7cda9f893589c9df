using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>What synthetic data to generate, and how hard it is.</summary>
public sealed record GeneratorOptions
{
    /// <summary>The most rows of a dense teacher table.</summary>
    public const long MostDenseRows = 1_000_000;

    /// <summary>Gets the seed of the teacher and of the data.</summary>
    /// <value>The default is 1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Gets the number of rows over all splits.</summary>
    /// <value>The default is 400000.</value>
    public long Rows { get; init; } = 400_000;

    /// <summary>Gets the number of dense features.</summary>
    /// <value>The default is 13.</value>
    public int DenseFeatures { get; init; } = 13;

    /// <summary>Gets the dimension of the teacher's embeddings.</summary>
    /// <value>The default is 16.</value>
    public int EmbeddingDim { get; init; } = 16;

    /// <summary>Gets the sparse features.</summary>
    public required IReadOnlyList<SyntheticTable> Tables { get; init; }

    /// <summary>Gets the share of the rows that are for training; the first ones.</summary>
    /// <value>The default is 0.8.</value>
    public double TrainFraction { get; init; } = 0.8;

    /// <summary>Gets the share of the rows that are for validation; the next ones. The rest is for testing.</summary>
    /// <value>The default is 0.1.</value>
    public double ValidFraction { get; init; } = 0.1;

    /// <summary>Gets the best possible AUC to aim at: it sets the teacher's logit scale, hence the noise of the labels.</summary>
    /// <value>The default is 0.8.</value>
    public double TargetAuc { get; init; } = 0.8;

    /// <summary>Gets the share of positives to aim at.</summary>
    /// <value>The default is 0.25.</value>
    public double BaseRate { get; init; } = 0.25;

    /// <summary>Gets the share of the logit's variance that the dense features alone make.</summary>
    /// <value>The default is 0.15.</value>
    public double DenseShare { get; init; } = 0.15;

    /// <summary>Gets the share of the logit's variance that pairs of tables make; the rest is for each table with the dense features.</summary>
    /// <value>The default is 0.15: pairs are the hardest to learn.</value>
    public double PairShare { get; init; } = 0.15;

    /// <summary>Gets a value indicating whether ids are scrambled; otherwise id 0 is the most frequent, as a vocabulary by frequency gives.</summary>
    /// <value>The default is false.</value>
    public bool ScrambleIds { get; init; }

    /// <summary>Gets the names of the presets.</summary>
    public static IReadOnlyList<string> Presets { get; } = ["quickstart", "kaggle", "terabyte"];

    private static ReadOnlySpan<long> KaggleRows =>
    [
        1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194,
        27, 14992, 5461306, 10, 5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
    ];

    private static ReadOnlySpan<long> TerabyteRows =>
    [
        39884406, 39043, 17289, 7420, 20263, 3, 7120, 1543, 63, 38532951, 2953546, 403346, 10,
        2208, 11938, 155, 4, 976, 14, 39979771, 25641295, 39664984, 585935, 12972, 108, 36,
    ];

    /// <summary>Makes the options of a preset.</summary>
    /// <remarks>
    /// <para>quickstart: 400,000 rows, three large tables with TTM teachers and five small ones, few enough parameters (5,205) and little enough
    /// noise (Bayes AUC 0.85) that 320,000 clicks can teach most of them. kaggle, terabyte: the public cardinalities
    /// of the two Criteo datasets and their numbers of rows (45,840,617 and 4,195,197,692).</para>
    /// </remarks>
    /// <param name="name">One of <see cref="Presets"/>.</param>
    /// <param name="scale">Multiplies the number of rows and, for kaggle and terabyte, the cardinalities; in (0, 100].</param>
    /// <returns>The options.</returns>
    /// <exception cref="OptionsException">There is no such preset, or the scale is out of range.</exception>
    public static GeneratorOptions Preset(string name, double scale = 1)
    {
        if (!(scale > 0 && scale <= 100))
        {
            throw new OptionsException([$"Scale is {scale}, but must lie in (0, 100]."]);
        }

        return name switch
        {
            "quickstart" => Quickstart(scale),
            "kaggle" => Criteo(KaggleRows, 45_840_617, scale),
            "terabyte" => Criteo(TerabyteRows, 4_195_197_692, scale),
            _ => throw new OptionsException([$"There is no preset '{name}'; the presets are {string.Join(", ", Presets)}."]),
        };
    }

    /// <summary>Gets the rows of a split, as a range of row numbers.</summary>
    /// <param name="split">The split.</param>
    /// <returns>The first row and the row after the last.</returns>
    public (long First, long End) RowsOf(DatasetSplit split)
    {
        long train = (long)Math.Round(Rows * TrainFraction);
        long valid = Math.Min(Rows, train + (long)Math.Round(Rows * ValidFraction));
        return split switch
        {
            DatasetSplit.Train => (0, train),
            DatasetSplit.Valid => (train, valid),
            _ => (valid, Rows),
        };
    }

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range, with its value and its range.</exception>
    public void Validate()
    {
        List<string> problems = [];
        Require(problems, Rows >= 1, $"Rows is {Rows}, but must be at least 1.");
        Require(problems, DenseFeatures is >= 1 and <= 10_000, $"DenseFeatures is {DenseFeatures}, but must lie in [1, 10000].");
        Require(problems, EmbeddingDim is >= 1 and <= 4096, $"EmbeddingDim is {EmbeddingDim}, but must lie in [1, 4096].");
        Require(problems, TrainFraction is >= 0 and <= 1, $"TrainFraction is {TrainFraction}, but must lie in [0, 1].");
        Require(
            problems, ValidFraction >= 0 && TrainFraction + ValidFraction <= 1, $"ValidFraction is {ValidFraction}, but must lie in [0, 1 - TrainFraction].");
        Require(problems, TargetAuc is >= 0.51 and <= 0.99, $"TargetAuc is {TargetAuc}, but must lie in [0.51, 0.99].");
        Require(problems, BaseRate is >= 0.001 and <= 0.999, $"BaseRate is {BaseRate}, but must lie in [0.001, 0.999].");
        Require(problems, DenseShare is >= 0 and <= 1, $"DenseShare is {DenseShare}, but must lie in [0, 1].");
        Require(problems, PairShare >= 0 && DenseShare + PairShare <= 1, $"PairShare is {PairShare}, but must lie in [0, 1 - DenseShare].");
        Require(problems, Tables.Count >= 1, "Tables is empty, but there must be at least one.");
        for (int t = 0; t < Tables.Count; t++)
        {
            SyntheticTable table = Tables[t];
            Require(problems, table.Rows >= 1, $"Tables[{t}].Rows is {table.Rows}, but must be at least 1.");
            Require(
                problems, table.ZipfExponent is >= 0 and <= 10, $"Tables[{t}].ZipfExponent is {table.ZipfExponent}, but must lie in [0, 10].");
            Require(problems, table.Weight is >= 0 and <= 1e6, $"Tables[{t}].Weight is {table.Weight}, but must lie in [0, 1000000].");
            Require(
                problems,
                table.IsTtm || table.Rows <= MostDenseRows,
                $"Tables[{t}] has {table.Rows} rows, but a dense teacher table has at most {MostDenseRows}: give TeacherRanks.");
            Require(
                problems,
                table.TeacherRanks.All((int ttRank) => ttRank is >= 1 and <= 256),
                $"Tables[{t}].TeacherRanks is [{string.Join(", ", table.TeacherRanks)}], but each must lie in [1, 256].");
            Require(
                problems,
                table.ColumnModes.Count == 0
                    || (table.ColumnModes.Count == table.TeacherRanks.Count + 1 && table.ColumnModes.All((int mode) => mode >= 1)
                        && table.ColumnModes.Aggregate(1L, (long product, int mode) => product * mode) == EmbeddingDim),
                $"Tables[{t}].ColumnModes is [{string.Join(", ", table.ColumnModes)}], but there must be {table.TeacherRanks.Count + 1} of them, with the product EmbeddingDim = {EmbeddingDim}.");
            if (table.IsTtm && problems.Count == 0)
            {
                RequireAttainable(problems, TeacherTable.ShapeOf(table, EmbeddingDim)!, t);
            }
        }

        if (problems.Count > 0)
        {
            throw new OptionsException(problems);
        }
    }

    private static void Require(List<string> problems, bool isGood, string problem)
    {
        if (!isGood)
        {
            problems.Add(problem);
        }
    }

    /// <summary>A TT rank above the rows or columns of its unfolding would not be the rank of the table.</summary>
    private static void RequireAttainable(List<string> problems, TtmShape shape, int table)
    {
        double left = 1;
        double right = (double)shape.PaddedRows * shape.EmbeddingDim;
        for (int k = 0; k < shape.Order - 1; k++)
        {
            left *= (double)shape.RowModes[k] * shape.ColumnModes[k];
            right /= (double)shape.RowModes[k] * shape.ColumnModes[k];
            Require(
                problems,
                shape.Ranks[k + 1] <= Math.Min(left, right),
                $"Tables[{table}].TeacherRanks[{k}] is {shape.Ranks[k + 1]}, but a table of {shape} can't have more than {Math.Min(left, right)} there.");
        }
    }

    private static GeneratorOptions Quickstart(double scale) => new()
    {
        Rows = ScaleUp(400_000, scale),
        EmbeddingDim = 8,
        TargetAuc = 0.85,
        Tables =
        [
            new SyntheticTable { Rows = 100_000, TeacherRanks = [3, 2], ColumnModes = [1, 1, 8], Weight = 3 },
            new SyntheticTable { Rows = 50_000, TeacherRanks = [2, 4], ColumnModes = [1, 1, 8], Weight = 3 },
            new SyntheticTable { Rows = 20_000, TeacherRanks = [4, 3], ColumnModes = [1, 1, 8], Weight = 3 },
            new SyntheticTable { Rows = 100 },
            new SyntheticTable { Rows = 40 },
            new SyntheticTable { Rows = 20 },
            new SyntheticTable { Rows = 12 },
            new SyntheticTable { Rows = 4 },
        ],
    };

    private static GeneratorOptions Criteo(ReadOnlySpan<long> cardinalities, long rows, double scale)
    {
        int[][] ranks = [[2, 3], [3, 4], [4, 2], [3, 2], [2, 4], [4, 3]];
        int large = 0;
        List<SyntheticTable> tables = [];
        foreach (long cardinality in cardinalities)
        {
            long scaled = Math.Max(Math.Min(cardinality, 3), ScaleUp(cardinality, scale));
            tables.Add(new SyntheticTable { Rows = scaled, TeacherRanks = scaled >= 10_000 ? ranks[large++ % ranks.Length] : [] });
        }

        return new GeneratorOptions { Rows = ScaleUp(rows, scale), Tables = tables };
    }

    private static long ScaleUp(long count, double scale) => Math.Max(1, (long)Math.Round(count * scale));
}
