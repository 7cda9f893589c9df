using System.Globalization;
using System.IO.Compression;
using System.Text;
using Dlrm.Data.Interop;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests;

public sealed class DatasetConverterTests
{
    private static readonly ColumnMapping Columns = new() { Dense = ["I1", "I2"], Sparse = ["C1", "C2"] };

    /// <summary>Ten rows: C1 has b four times (once after row 8), a three times, c twice, d once; C2 has y and x once each within the first 8 rows.</summary>
    private static readonly string[] Table =
    [
        "1\t3\t-1\tb\tx", "0\t\t0\ta\t", "0\t1\t2.5\tb\t", "1\t0\t0\ta\ty", "0\t0\t0\tc\t",
        "1\t0\t0\tb\t", "0\t0\t0\ta\t", "0\t7\t0\tc\t", "1\t0\t\td\tx", "0\t0\t0\tb\tz",
    ];

    [Fact]
    public void Convert_HandMadeRows_HaveIdsByFrequencyAndTies()
    {
        using TemporaryFolder folder = new();
        string input = folder.Write("rows.tsv", Text());

        ConvertReport report = DatasetConverter.Convert(Options(folder, input) with { MinFrequency = 2, ValidFraction = 0, TestFraction = 0 });

        // b 4, a 3, c 2; d is rare. x 2, y 1, z 1: only x stays.
        Assert.Equal([5, 3], report.Schema.Sparse.Select(static f => f.Rows));
        Batch batch = ReadAll(folder["set"], DatasetSplit.Train);
        Assert.Equal([2, 3, 2, 3, 4, 2, 3, 4, 0, 2], batch.Sparse[0].Indices.ToArray());
        Assert.Equal([2, 1, 1, 0, 1, 1, 1, 1, 2, 0], batch.Sparse[1].Indices.ToArray());
        Assert.Equal([1, 0, 0, 1, 0, 1, 0, 0, 1, 0], batch.Labels.ToArray());
        Assert.Equal([MathF.Log(4), 0, 0, 0, (float)Math.Log(2), (float)Math.Log(3.5)], batch.Dense[..6].ToArray());
        Assert.Equal([1, 1], report.DenseMissing);
        Assert.Equal([0, 1], report.DenseNegative);
        Assert.Equal([0, 6], report.SparseMissing);
        Assert.Equal([1, 2], report.SparseRare);
        using DuckDbConnection connection = new(new DuckDbOptions());
        Assert.Equal(4, connection.Scalar($"SELECT count FROM '{folder["set"]}/vocabulary.parquet' WHERE feature = 'C1' AND id = 2 AND value = 'b'"));
        Assert.Equal(["set", "rows.tsv"], Directory.EnumerateFileSystemEntries(folder.Root).Select(Path.GetFileName).OrderDescending(StringComparer.Ordinal));
    }

    [Fact]
    public void Convert_SplitByOrder_CountsTrainingRowsOnly()
    {
        using TemporaryFolder folder = new();
        string input = folder.Write("rows.tsv", Text());

        ConvertReport report = DatasetConverter.Convert(Options(folder, input) with { MinFrequency = 1 });

        // Within the first 8 rows: a 3, b 3 (ties by value), c 2; x 1, y 1. d, z are unknown.
        Assert.Equal([5, 4], report.Schema.Sparse.Select(static f => f.Rows));
        Assert.Equal([3, 2, 3, 2, 4, 3, 2, 4], ReadAll(folder["set"], DatasetSplit.Train).Sparse[0].Indices.ToArray());
        Assert.Equal([0], ReadAll(folder["set"], DatasetSplit.Valid).Sparse[0].Indices.ToArray());
        Assert.Equal([0], ReadAll(folder["set"], DatasetSplit.Test).Sparse[1].Indices.ToArray());
    }

    [Fact]
    public void Convert_EveryFormat_GivesTheSameDataset()
    {
        using TemporaryFolder folder = new();
        string header = "label\tI1\tI2\tC1\tC2\n";
        List<string> inputs =
        [
            folder.Write("plain.tsv", Text()),
            folder.Write("unix-without-last-newline.tsv", Text().TrimEnd('\n')),
            folder.Write("windows.tsv", Text().Replace("\n", "\r\n", StringComparison.Ordinal)),
            folder.Write("header.csv", (header + Text()).Replace('\t', ',')),
            folder.Write("quoted.csv", "label,I1,I2,C1,C2\n" + Text().Replace("\tb\t", "\t\"b\"\t", StringComparison.Ordinal).Replace('\t', ',')),
            Gzip(folder["day_0.gz"], Text()),
            Gzip(folder["header.csv.gz"], (header + Text()).Replace('\t', ',')),
            folder["strings.parquet"],
            folder["spark"],
        ];
        Directory.CreateDirectory(folder["spark"]);
        folder.Write("spark/_SUCCESS", string.Empty);
        using (DuckDbConnection connection = new(new DuckDbOptions()))
        {
            string read = $"SELECT * FROM read_csv('{inputs[0]}', delim='\t', header=false, all_varchar=true, nullstr='none', names=['label','I1','I2','C1','C2'])";
            connection.Execute($"COPY ({read}) TO '{folder["strings.parquet"]}' (FORMAT parquet)");
            connection.Execute($"COPY ({read} LIMIT 6) TO '{folder["spark/part-00000.parquet"]}' (FORMAT parquet)");
            connection.Execute($"COPY ({read} OFFSET 6) TO '{folder["spark/part-00001.parquet"]}' (FORMAT parquet)");
        }

        HashSet<string> files = [];
        HashSet<string> fingerprints = [];
        foreach (string input in inputs)
        {
            fingerprints.Add(DatasetConverter.Convert(Options(folder, input) with { Overwrite = true }).Schema.Fingerprint);
            files.Add(Convert.ToHexString(File.ReadAllBytes(folder["set/train/part-00000.parquet"])) + Convert.ToHexString(File.ReadAllBytes(folder["set/test/part-00000.parquet"])));
        }

        Assert.Single(fingerprints);
        Assert.Single(files);
    }

    [Fact]
    public void Convert_ThresholdAndOtherNames_MakeLabels()
    {
        using TemporaryFolder folder = new();
        string input = folder.Write("ratings.dat", "1,938,4\n1,2918,3\n2,938,5\n2,7,3.5\n");
        RawInputOptions ratings = new() { Columns = new() { Label = "rating", LabelThreshold = 4, Dense = [], Sparse = ["user", "item"], FileColumns = ["user", "item", "rating"] } };

        DatasetConverter.Convert(Options(folder, input) with { Input = ratings, ValidFraction = 0, TestFraction = 0 });

        Batch batch = ReadAll(folder["set"], DatasetSplit.Train);
        Assert.Equal([1, 0, 1, 0], batch.Labels.ToArray());
        Assert.Equal([2, 2, 3, 3], batch.Sparse[0].Indices.ToArray());
        Assert.Equal([2, 0, 2, 0], batch.Sparse[1].Indices.ToArray());
    }

    [Fact]
    public void Convert_Hash_GivesTheStatedIds()
    {
        using TemporaryFolder folder = new();
        string input = folder.Write("rows.tsv", Text());

        ConvertReport report = DatasetConverter.Convert(
            Options(folder, input) with { Encoding = IdEncodingKind.Hash, HashRows = 100, Seed = 5, ValidFraction = 0, TestFraction = 0 });

        Batch batch = ReadAll(folder["set"], DatasetSplit.Train);
        Assert.Equal(1 + (long)(XxHash64.Hash("b"u8, 5) % 99), batch.Sparse[0].Indices[0]);
        Assert.Equal(0, batch.Sparse[1].Indices[1]);
        Assert.Equal([100, 100], report.Schema.Sparse.Select(static f => f.Rows));
        Assert.False(File.Exists(folder["set/vocabulary.parquet"]));
    }

    [Fact]
    public void Convert_Like_UsesTheOthersVocabulary()
    {
        using TemporaryFolder folder = new();
        ConvertReport first = DatasetConverter.Convert(Options(folder, folder.Write("day0.tsv", Text())));
        string next = folder.Write("day1.tsv", "0\t1\t1\tc\tnew\n1\t1\t1\tb\t\n");

        ConvertReport second = DatasetConverter.Convert(Options(folder, next) with { Output = folder["next"], Like = folder["set"], ValidFraction = 0, TestFraction = 0 });

        Assert.Equal(first.Schema.Fingerprint, second.Schema.Fingerprint);
        second.Schema.RequireSameMeaning(first.Schema);
        Assert.Equal([4, 3], ReadAll(folder["next"], DatasetSplit.Train).Sparse[0].Indices.ToArray());
        Assert.Equal([0, 1], ReadAll(folder["next"], DatasetSplit.Train).Sparse[1].Indices.ToArray());
    }

    [Theory, InlineData(SplitKind.Order, 800, 100), InlineData(SplitKind.RowHash, 805, 95)]
    public void Convert_Splits_ShareEveryRowOut(SplitKind split, int train, int valid)
    {
        using TemporaryFolder folder = new();
        string input = Numbered(folder, "rows.tsv", 0, 1000);

        ConvertReport report = DatasetConverter.Convert(Options(folder, input) with { Split = split, Seed = 11, Transform = DenseTransform.None });

        Assert.InRange(report.Schema.Rows(DatasetSplit.Train), train - 20, train + 20);
        Assert.InRange(report.Schema.Rows(DatasetSplit.Valid), valid - 20, valid + 20);
        float[][] rows = [.. Enum.GetValues<DatasetSplit>().Select(part => Numbers(folder["set"], part))];
        Assert.Equal(Enumerable.Range(0, 1000).Select(static i => (float)i), rows.SelectMany(static r => r).Order());
        Assert.All(rows, static part => Assert.Equal(part.Order(), part));
        Assert.Equal(split == SplitKind.Order, rows[0].Max() < rows[1].Min());
    }

    [Fact]
    public void Convert_GivenSplits_KeepTheirFiles()
    {
        using TemporaryFolder folder = new();
        string[] inputs = [Numbered(folder, "a.tsv", 0, 30), Numbered(folder, "b.tsv", 100, 20), Numbered(folder, "c.tsv", 200, 10)];

        DatasetConverter.Convert(Options(folder, inputs[0]) with { Split = SplitKind.Given, ValidInputs = [inputs[1]], TestInputs = [inputs[2]], Transform = DenseTransform.None });

        Assert.Equal(30, Numbers(folder["set"], DatasetSplit.Train).Length);
        Assert.Equal((100, 119), (Numbers(folder["set"], DatasetSplit.Valid).Min(), Numbers(folder["set"], DatasetSplit.Valid).Max()));
        Assert.Equal(Enumerable.Range(200, 10).Select(static i => (float)i), Numbers(folder["set"], DatasetSplit.Test));
    }

    [Fact]
    public void Convert_ShuffleTrain_PermutesTrainingRowsAlone()
    {
        using TemporaryFolder folder = new();
        Numbered(folder, "in/b.tsv", 500, 500);
        Numbered(folder, "in/a.tsv", 0, 500);
        ConvertOptions options = Options(folder, folder["in"]) with { ShuffleTrain = true, Overwrite = true, Transform = DenseTransform.None };

        DatasetConverter.Convert(options);
        float[] train = Numbers(folder["set"], DatasetSplit.Train);
        float[] test = Numbers(folder["set"], DatasetSplit.Test);
        DatasetConverter.Convert(options);

        Assert.Equal(train, Numbers(folder["set"], DatasetSplit.Train));
        Assert.Equal(Enumerable.Range(0, 800).Select(static i => (float)i), train.Order());
        Assert.NotEqual(train.Order(), train);
        Assert.Equal(Enumerable.Range(900, 100).Select(static i => (float)i), test);
    }

    [Fact]
    public void Convert_Progress_RisesToOne()
    {
        using TemporaryFolder folder = new();
        Steps steps = new();

        DatasetConverter.Convert(Options(folder, Numbered(folder, "rows.tsv", 0, 5000)), steps);

        Assert.Equal(steps.Fractions.Order(), steps.Fractions);
        Assert.Equal((0, 1), (steps.Fractions[0], steps.Fractions[^1]));
    }

    [Fact]
    public void Convert_Cancelled_LeavesNothing()
    {
        using TemporaryFolder folder = new();
        string input = Numbered(folder, "rows.tsv", 0, 5000);
        using CancellationTokenSource source = new();
        Steps steps = new(step => source.Cancel());

        Assert.ThrowsAny<OperationCanceledException>(() => DatasetConverter.Convert(Options(folder, input), steps, source.Token));

        Assert.Equal([input], Directory.EnumerateFileSystemEntries(folder.Root));
    }

    internal static ConvertOptions Options(TemporaryFolder folder, string input) =>
        new() { Inputs = [input], Output = folder["set"], Input = new() { Columns = Columns }, MemoryLimitBytes = 512 << 20 };

    internal static string Text() => string.Join('\n', Table) + "\n";

    internal static string Gzip(string path, string text)
    {
        using GZipStream stream = new(File.Create(path), CompressionLevel.Optimal);
        stream.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }

    internal static Batch ReadAll(string folder, DatasetSplit split)
    {
        using ParquetBatchSource source = new(DatasetFolder.Open(folder), split, new BatchSourceOptions { ShuffleWindow = 0, BatchSize = 100000 });
        Assert.True(source.TryRead(out Batch batch));
        return batch;
    }

    private static string Numbered(TemporaryFolder folder, string name, int first, int count) => folder.Write(
        name, string.Concat(Enumerable.Range(first, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i % 2}\t{i}\t0\tv{i % 7}\t\n"))));

    private static float[] Numbers(string folder, DatasetSplit split)
    {
        Batch batch = ReadAll(folder, split);
        return [.. Enumerable.Range(0, batch.Size).Select(b => batch.Dense[2 * b])];
    }

    private sealed class Steps(Action<ConvertProgress>? also = null) : IProgress<ConvertProgress>
    {
        public List<double> Fractions { get; } = [];

        public void Report(ConvertProgress value)
        {
            Fractions.Add(value.Fraction);
            also?.Invoke(value);
        }
    }
}
