using Dlrm.Data.Interop;
using Dlrm.Numerics;
using Dlrm.TestSupport;

namespace Dlrm.Data.Tests;

public sealed class BadParquetTests
{
    private static readonly DatasetSchema Schema = new()
    {
        LabelKind = LabelKind.Probability,
        Dense = ["I1"],
        Sparse = [new("C1", 10), new("C2", 10) { IsMultiHot = true, IsWeighted = true }],
    };

    /// <summary>Gets bad SELECT lists (row 2 of 4 is the bad one) and what the message must say besides the path.</summary>
    public static TheoryData<string, string[]> Wrong => new()
    {
        { Rows(label: "CASE n WHEN 2 THEN 1.5 ELSE 1 END"), ["row 2", "label", "1.5"] },
        { Rows(label: "CASE n WHEN 2 THEN NULL ELSE 1 END"), ["row 2", "label", "missing"] },
        { Rows(label: "CASE n WHEN 2 THEN 'nan'::FLOAT ELSE 1 END"), ["row 2", "label", "NaN"] },
        { Rows(label: "'1'"), ["label", "Varchar", "numbers"] },
        { Rows(dense: "CASE n WHEN 2 THEN 'nan'::FLOAT ELSE 1 END"), ["row 2", "I1", "NaN"] },
        { Rows(dense: "CASE n WHEN 2 THEN '-inf'::FLOAT ELSE 1 END"), ["row 2", "I1", "-Infinity"] },
        { Rows(dense: "CASE n WHEN 2 THEN NULL ELSE 1 END"), ["row 2", "I1", "missing"] },
        { Rows(dense: "[1.0::FLOAT]"), ["I1", "List", "numbers"] },
        { Rows(id: "CASE n WHEN 2 THEN 10 ELSE 1 END"), ["row 2", "C1", "10", "rows 0 to 9"] },
        { Rows(id: "CASE n WHEN 2 THEN -1 ELSE 1 END::BIGINT"), ["row 2", "C1", "-1"] },
        { Rows(id: "CASE n WHEN 2 THEN 4294967297 ELSE 1 END"), ["row 2", "C1", "4294967297"] },
        { Rows(id: "CASE n WHEN 2 THEN NULL ELSE 1 END"), ["row 2", "C1", "missing"] },
        { Rows(id: "'05db9164'"), ["C1", "Varchar", "integers", "convert"] },
        { Rows(id: "[1]"), ["C1", "List", "integers"] },
        { Rows(bag: "CASE n WHEN 2 THEN [3, 11] ELSE [1, 2] END"), ["row 2", "C2", "11"] },
        { Rows(bag: "CASE n WHEN 2 THEN [NULL, 1] ELSE [1, 2] END"), ["row 2", "C2", "missing"] },
        { Rows(bag: "1"), ["C2", "Integer", "lists of integers"] },
        { Rows(weights: "CASE n WHEN 2 THEN [1.0::FLOAT] ELSE [1.0, 2.0] END"), ["row 2", "C2_weights", "1 weights for 2 ids"] },
        { Rows(weights: "CASE n WHEN 2 THEN ['inf'::FLOAT, 1] ELSE [1.0, 2.0] END"), ["row 2", "C2_weights", "Infinity"] },
        { "SELECT 1 AS label, 1.0 AS I1, 1 AS C1", ["no column C2", "label, I1, C1"] },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void TryRead_WrongValueOrColumn_SaysWhereAndWhat(string select, string[] words)
    {
        using TemporaryFolder folder = new();
        string path = Copy(folder, select);
        using ParquetBatchSource source = new(Schema, [new DatasetFile(path, 4)], new BatchSourceOptions());

        DataFormatException exception = Assert.Throws<DataFormatException>(() => source.TryRead(out _));

        Assert.All(words.Append(path), word => Assert.Contains(word, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void TryRead_GoodForeignTypes_AreRead()
    {
        using TemporaryFolder folder = new();
        string path = Copy(folder, Rows(label: "n % 2 = 0", dense: "n::DOUBLE", id: "n::UTINYINT", bag: "CASE n WHEN 1 THEN NULL WHEN 2 THEN []::BIGINT[] ELSE [n, 9]::BIGINT[] END", weights: "CASE n WHEN 1 THEN NULL WHEN 2 THEN []::DOUBLE[] ELSE [0.5, n]::DOUBLE[] END"));
        using ParquetBatchSource source = new(Schema, [new DatasetFile(path, 4)], new BatchSourceOptions { ShuffleWindow = 0 });

        Assert.True(source.TryRead(out Batch batch));

        Assert.Equal([1, 0, 1, 0], batch.Labels.ToArray());
        Assert.Equal([0, 1, 2, 3], batch.Dense.ToArray());
        Assert.Equal([0, 1, 2, 3], batch.Sparse[0].Indices.ToArray());
        Assert.Equal([0, 9, 3, 9], batch.Sparse[1].Indices.ToArray());
        Assert.Equal([0, 2, 2, 2, 4], batch.Sparse[1].Offsets.ToArray());
        Assert.Equal([0.5f, 0, 0.5f, 3], batch.Sparse[1].Weights.ToArray());
    }

    [Fact]
    public void TryRead_OutOfRangeIdsByPolicy_BecomeZeroOrHash()
    {
        using TemporaryFolder folder = new();
        string path = Copy(folder, Rows(id: "CASE n WHEN 2 THEN 4711 ELSE n END", bag: "[n, -5]"));
        using ParquetBatchSource zero = new(Schema, [new DatasetFile(path, 4)], new BatchSourceOptions { ShuffleWindow = 0, OutOfRangeIds = IdPolicy.Zero });
        using ParquetBatchSource hash = new(Schema, [new DatasetFile(path, 4)], new BatchSourceOptions { ShuffleWindow = 0, OutOfRangeIds = IdPolicy.Hash });

        Assert.True(zero.TryRead(out Batch zeros) && hash.TryRead(out _));
        hash.Seek(DataCursor.Start(0));
        hash.TryRead(out Batch hashes);

        Assert.Equal([0, 1, 0, 3], zeros.Sparse[0].Indices.ToArray());
        Assert.Equal([0, 0, 1, 0, 2, 0, 3, 0], zeros.Sparse[1].Indices.ToArray());
        Assert.Equal((long)(XxHash64.Hash(4711) % 10), hashes.Sparse[0].Indices[2]);
        Assert.Equal((long)(XxHash64.Hash(-5) % 10), hashes.Sparse[1].Indices[1]);
    }

    [Fact]
    public void TryRead_NonFiniteBySkipping_LeavesOutAndCounts()
    {
        using TemporaryFolder folder = new();
        string path = Copy(folder, Rows(dense: "CASE WHEN n IN (0, 2) THEN 'nan'::FLOAT ELSE n END"));
        using ParquetBatchSource source = new(Schema, [new DatasetFile(path, 4)], new BatchSourceOptions { ShuffleWindow = 0, BatchSize = 1, NonFinite = NonFinitePolicy.Skip });
        List<float> values = [];
        List<long> cursors = [];

        while (source.TryRead(out Batch batch))
        {
            values.AddRange(batch.Dense);
            cursors.Add(source.Cursor.Row);
        }

        Assert.Equal([1, 3], values);
        Assert.Equal([2, 4], cursors);
        Assert.Equal(2, source.SkippedRows);
    }

    [Theory, InlineData(3, "more"), InlineData(5, "fewer")]
    public void TryRead_OtherLengthThanTheSchemaSays_IsRefused(int rows, string word)
    {
        using TemporaryFolder folder = new();
        string path = Copy(folder, Rows());
        using ParquetBatchSource source = new(Schema, [new DatasetFile(path, rows)], new BatchSourceOptions());

        DataFormatException exception = Assert.Throws<DataFormatException>(() =>
        {
            while (source.TryRead(out _))
            {
            }
        });

        Assert.Contains(word, exception.Message, StringComparison.Ordinal);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_TruncatedAnywhere_IsRefusedWithThePath()
    {
        using TemporaryFolder folder = new();
        byte[] whole = File.ReadAllBytes(Copy(folder, Rows()));

        for (int length = 0; length < whole.Length; length += 89)
        {
            string path = folder["cut.parquet"];
            File.WriteAllBytes(path, whole.AsSpan(0, length));
            using ParquetBatchSource source = new(Schema, [new DatasetFile(path, 4)], new BatchSourceOptions { Threads = 1 });

            Assert.Contains(path, Assert.Throws<DataFormatException>(() => source.TryRead(out _)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TryRead_FlippedBits_AreReadOrRefused()
    {
        using TemporaryFolder folder = new();
        byte[] whole = File.ReadAllBytes(Copy(folder, Rows()));
        int refused = 0;

        for (int bit = 0; bit < whole.Length * 8; bit += 131)
        {
            byte[] bytes = [.. whole];
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            string path = folder["flip.parquet"];
            File.WriteAllBytes(path, bytes);
            using ParquetBatchSource source = new(Schema, [new DatasetFile(path, 4)], new BatchSourceOptions { Threads = 1 });
            try
            {
                while (source.TryRead(out _))
                {
                }
            }
            catch (DataFormatException exception)
            {
                Assert.Contains(path, exception.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(refused >= 5, $"Only {refused} flips were found.");
    }

    [SkippableFact]
    public void TryRead_ApacheCorpus_IsReadOrRefused()
    {
        string corpus = SharedData.Require("parquet-testing");
        int read = 0;
        List<string> refused = [];

        foreach (string path in Directory.EnumerateFiles(corpus, "*.parquet*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            try
            {
                ReadAllScalars(path);
                read++;
            }
            catch (DataFormatException exception)
            {
                Assert.Contains(path, exception.Message, StringComparison.Ordinal);
                refused.Add(Path.GetFileName(path));
            }
            catch (IOException exception)
            {
                // Texts of 2 GiB: memory is at fault here, and the message says so.
                Assert.Equal("large_string_map.brotli.parquet", Path.GetFileName(path));
                Assert.Contains("Out of Memory", exception.Message, StringComparison.Ordinal);
            }
        }

        Assert.True(read >= 60, $"{read} files were read; refused: {string.Join(", ", refused)}");
        Assert.Contains("PARQUET-1481.parquet", refused);
    }

    private static void ReadAllScalars(string path)
    {
        List<string> columns = [];
        using (DuckDbConnection connection = new(new DuckDbOptions { Threads = 1, MemoryLimitBytes = 256 << 20 }))
        {
            try
            {
                using DuckDbReader reader = connection.Query($"SELECT * FROM read_parquet({DuckDbConnection.FileLiteral(path)})");
                columns.AddRange(Enumerable.Range(0, reader.Columns).Where(c => reader.TypeOf(c) is ColumnType.Varchar or (>= ColumnType.TinyInt and <= ColumnType.Double)).Select(reader.NameOf));
                while (reader.Read())
                {
                }
            }
            catch (DuckDbException exception)
            {
                throw exception.At(path);
            }
        }

        if (columns.Distinct(StringComparer.OrdinalIgnoreCase).Count() == columns.Count && columns.Count > 0)
        {
            DatasetSchema schema = new() { Label = "no label", Dense = [], Sparse = [.. columns.Select(c => new SparseFeature(c, 100))], Ids = new() { Kind = IdEncodingKind.Hash } };
            using RawBatchSource source = new(schema, null, [path], new RawBatchSourceOptions { Threads = 1 });
            while (source.TryRead(out Batch batch))
            {
                batch.Sparse[0].Validate(100, columns[0]);
            }
        }
    }

    private static string Rows(string label = "1", string dense = "1", string id = "1", string bag = "[1, 2]", string weights = "[1.0, 2.0]") =>
        $"SELECT {label} AS label, {dense} AS I1, {id} AS C1, {bag} AS C2, {weights} AS C2_weights FROM range(4) t(n)";

    private static string Copy(TemporaryFolder folder, string select)
    {
        string path = folder["bad.parquet"];
        using DuckDbConnection connection = new(new DuckDbOptions());
        connection.Execute($"COPY ({select}) TO {DuckDbConnection.Literal(path)} (FORMAT parquet)");
        return path;
    }
}
