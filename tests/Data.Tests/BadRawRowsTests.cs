using Dlrm.Data.Interop;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests;

public sealed class BadRawRowsTests
{
    /// <summary>Gets a replacement in row 3 of ten good rows, and what the message must say besides the path.</summary>
    public static TheoryData<string, string[]> Wrong => new()
    {
        { "2\t0\t0\ta\ty", ["row 3", "label", "'2'", "0 or 1"] },
        { "\t0\t0\ta\ty", ["row 3", "label", "''"] },
        { "yes\t0\t0\ta\ty", ["row 3", "label", "'yes'"] },
        { "1\tmany\t0\ta\ty", ["row 3", "I1", "'many'", "number"] },
        { "1\t0\t1,5\ta\ty", ["row 3", "I2", "'1,5'"] },
        { "1\tnan\t0\ta\ty", ["row 3", "I1", "NaN"] },
        { "1\t0\tinf\ta\ty", ["row 3", "I2", "Infinity"] },
        { "1\t0\t0\ta", ["line 4 has 4 fields", "5 are expected"] },
        { "1\t0\t0\ta\ty\tz", ["line 4 has 6 fields", "5 are expected"] },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Convert_WrongRow_SaysWhereAndWhat(string row, string[] words)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("bad.tsv", WithRow3(row));

        DataFormatException exception = Assert.Throws<DataFormatException>(() => DatasetConverter.Convert(DatasetConverterTests.Options(folder, path)));

        Assert.All(words.Append(path), word => Assert.Contains(word, exception.Message, StringComparison.Ordinal));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Theory, MemberData(nameof(Wrong))]
    public void TryRead_WrongRow_SaysWhereAndWhat(string row, string[] words)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("bad.tsv", WithRow3(row));
        DatasetSchema schema = new() { Dense = ["I1", "I2"], Sparse = [new("C1", 10), new("C2", 10)], Ids = new() { Kind = IdEncodingKind.Hash } };

        DataFormatException exception = Assert.Throws<DataFormatException>(() =>
        {
            using RawBatchSource source = new(schema, null, [path], new RawBatchSourceOptions { RequireLabels = true });
            while (source.TryRead(out _))
            {
            }
        });

        Assert.All(words.Append(path), word => Assert.Contains(word, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Convert_EmptyLines_AreNoRows()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("gaps.tsv", WithRow3("") + "\n\n");

        DatasetSchema schema = DatasetConverter.Convert(DatasetConverterTests.Options(folder, path) with { ValidFraction = 0, TestFraction = 0 }).Schema;

        Assert.Equal(9, schema.Rows(DatasetSplit.Train));
    }

    [Fact]
    public void Convert_MissingColumn_NamesItAndThoseThere()
    {
        using TemporaryFolder folder = new();
        string text = folder.Write("bad.csv", "label,I1,I2,C1\n1,2,3,a\n");
        using (DuckDbConnection connection = new(new DuckDbOptions()))
        {
            connection.Execute($"COPY (SELECT 1 AS label, 2 AS I1, 3 AS I2, 'a' AS C2, [1] AS C1) TO '{folder["bad.parquet"]}' (FORMAT parquet)");
            connection.Execute($"COPY (SELECT 1 AS label, 2 AS I1, 3 AS I2, 'a' AS C1) TO '{folder["few.parquet"]}' (FORMAT parquet)");
        }

        ConvertOptions options = DatasetConverterTests.Options(folder, text);
        string[] messages =
        [
            .. new[] { options with { Input = options.Input with { HasHeader = true } }, options with { Inputs = [folder["few.parquet"]] }, options with { Inputs = [folder["bad.parquet"]] }, options }
                .Select(o => Assert.Throws<DataFormatException>(() => DatasetConverter.Convert(o)).Message),
        ];

        Assert.Contains("bad.csv has no column C2; it has label, I1, I2, C1", messages[0], StringComparison.Ordinal);
        Assert.Contains("few.parquet has no column C2; it has label, I1, I2, C1", messages[1], StringComparison.Ordinal);
        Assert.Contains("bad.parquet, column C1 holds List", messages[2], StringComparison.Ordinal);
        Assert.Contains("line 1 has 4 fields", messages[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_BrokenFiles_AreRefusedWithThePath()
    {
        using TemporaryFolder folder = new();
        string gzip = DatasetConverterTests.Gzip(folder["cut.gz"], string.Concat(Enumerable.Range(0, 2000).Select(i => $"1\t{i}\t{i * 7919 % 1000}\tv{i}\tw{i * 31}\n")));
        byte[] bytes = File.ReadAllBytes(gzip);
        File.WriteAllBytes(gzip, bytes[..(bytes.Length / 2)]);
        string parquet = folder.Write("cut.parquet", "PAR1 and no more");
        string empty = folder.Write("empty.tsv", string.Empty);

        foreach (string path in (string[])[gzip, parquet, empty, folder["nowhere"], folder["*.nothing"]])
        {
            DataFormatException exception = Assert.Throws<DataFormatException>(() => DatasetConverter.Convert(DatasetConverterTests.Options(folder, path)));
            Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Convert_FileHeldOutTwiceOrNothingLeft_IsRefused()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("rows.tsv", DatasetConverterTests.Text());
        ConvertOptions options = DatasetConverterTests.Options(folder, folder["*.tsv"]) with { Split = SplitKind.Given, TestInputs = [path] };

        Assert.Contains("held out", Assert.Throws<DataFormatException>(() => DatasetConverter.Convert(options)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "for validation and for testing", Assert.Throws<DataFormatException>(() => DatasetConverter.Convert(options with { ValidInputs = [path] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_ConvertedFiles_AreRefused()
    {
        using TemporaryFolder folder = new();
        DatasetConverter.Convert(DatasetConverterTests.Options(folder, folder.Write("rows.tsv", DatasetConverterTests.Text())));

        DataFormatException exception = Assert.Throws<DataFormatException>(
            () => DatasetConverter.Convert(DatasetConverterTests.Options(folder, folder["set/train"]) with { Output = folder["again"] }));

        Assert.Contains("converted already", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_AllWrong_ListsEveryField()
    {
        ConvertOptions options = new()
        {
            Inputs = [],
            Output = " ",
            Encoding = IdEncodingKind.Given,
            MinFrequency = 0,
            HashRows = 1,
            ValidFraction = 0.6,
            TestFraction = 0.5,
            Split = SplitKind.Given,
            RowsPerFile = 0,
            MemoryLimitBytes = 1,
            Threads = -1,
            Input = new() { Delimiter = '"', Columns = new() { Dense = ["a", "a"] } },
        };

        OptionsException exception = Assert.Throws<OptionsException>(options.Validate);

        Assert.Equal(12, exception.Problems.Count);
        Assert.All(
            ["Inputs", "Output", "Encoding", "MinFrequency", "HashRows", "add up to 1.1", "Given with 0", "RowsPerFile", "MemoryLimitBytes", "Threads", "'a' twice", "Delimiter"],
            word => Assert.Contains(word, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Defaults_ArePinned()
    {
        ConvertOptions options = new() { Inputs = ["x"], Output = "y" };
        BatchSourceOptions source = new();

        Assert.Equal((IdEncodingKind.Vocabulary, 2L, 100_000L, DenseTransform.Log1P), (options.Encoding, options.MinFrequency, options.HashRows, options.Transform));
        Assert.Equal((SplitKind.Order, 0.1, 0.1, 0UL, false, 1 << 20), (options.Split, options.ValidFraction, options.TestFraction, options.Seed, options.ShuffleTrain, options.RowsPerFile));
        Assert.Equal((4L << 30, 0, false), (options.MemoryLimitBytes, options.Threads, options.Overwrite));
        Assert.Equal((13, 26), (options.Input.Columns.Dense.Count, options.Input.Columns.Sparse.Count));
        Assert.Equal((2048, 65536, 8, 0, 1), (source.BatchSize, source.ShuffleWindow, source.ReadAhead, source.Worker, source.WorldSize));
        Assert.Equal((IdPolicy.Fail, NonFinitePolicy.Fail, 1L << 30), (source.OutOfRangeIds, source.NonFinite, source.MemoryLimitBytes));
    }

    private static string WithRow3(string row)
    {
        string[] lines = DatasetConverterTests.Text().TrimEnd('\n').Split('\n');
        lines[3] = row;
        return string.Join('\n', lines) + "\n";
    }
}
