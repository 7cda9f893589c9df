using Dlrm.Data.Interop;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests;

public sealed class DatasetWriterTests
{
    [Fact]
    public void Complete_UnevenFiles_HasEveryRowInOrder()
    {
        using TemporaryFolder folder = new();

        DatasetFolder dataset = Samples.Write(folder["set"], rows: 5000, rowsPerFile: 2100);

        Assert.Equal([2100, 2100, 800], dataset.Files(DatasetSplit.Train).Select(f => f.Rows));
        using DuckDbConnection connection = new(new DuckDbOptions());
        Assert.Equal(5000, connection.Scalar($"SELECT count(*) FROM '{folder["set"]}/train/*.parquet'"));
        Assert.Equal(2100, connection.Scalar($"SELECT CAST(I1 AS BIGINT) FROM '{folder["set"]}/train/part-00001.parquet' LIMIT 1"));
        Assert.Equal(
            1,
            connection.Scalar($"SELECT count(*) FROM '{folder["set"]}/train/*.parquet' WHERE I1 = 7 AND I2 = 0 AND C2 = [7, 8, 9] AND C3 = [7] AND C3_weights = [7.0]"));
        Assert.Equal(1250, connection.Scalar($"SELECT count(*) FROM '{folder["set"]}/train/*.parquet' WHERE len(C2) = 0"));
    }

    [Fact]
    public void Complete_SameRowsTwice_GivesTheSameBytes()
    {
        using TemporaryFolder folder = new();

        DatasetFolder first = Samples.Write(folder["a"], rows: 9000, rowsPerFile: 9000);
        DatasetFolder second = Samples.Write(folder["b"], rows: 9000, rowsPerFile: 9000);

        Assert.Equal(first.Schema.Fingerprint, second.Schema.Fingerprint);
        Assert.Equal(File.ReadAllBytes(first.Files(DatasetSplit.Train)[0].Name), File.ReadAllBytes(second.Files(DatasetSplit.Train)[0].Name));
    }

    [Fact]
    public void Dispose_BeforeComplete_LeavesNothing()
    {
        using TemporaryFolder folder = new();

        using (DatasetWriter writer = new(new DatasetWriterOptions { Folder = folder["set"], Schema = Samples.Schema }))
        {
            writer.Append(DatasetSplit.Train, Samples.Rows(0, 10));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Constructor_TargetIsADataset_IsRefusedUntilToldOtherwise()
    {
        using TemporaryFolder folder = new();
        Samples.Write(folder["set"], rows: 10, rowsPerFile: 100);
        DatasetWriterOptions options = new() { Folder = folder["set"], Schema = Samples.Schema };

        IOException exception = Assert.Throws<IOException>(() => new DatasetWriter(options));
        using (DatasetWriter writer = new(options with { Overwrite = true }))
        {
            writer.Append(DatasetSplit.Valid, Samples.Rows(0, 3));
            writer.Complete();
        }

        Assert.Contains("holds a dataset already", exception.Message, StringComparison.Ordinal);
        Assert.Equal(3, DatasetFolder.Open(folder["set"]).Schema.Rows(DatasetSplit.Valid));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Constructor_TargetIsSomethingElse_IsRefusedAlways()
    {
        using TemporaryFolder folder = new();
        folder.Write("mine/thesis.txt", "years of work");

        IOException exception = Assert.Throws<IOException>(
            () => new DatasetWriter(new DatasetWriterOptions { Folder = folder["mine"], Schema = Samples.Schema, Overwrite = true }));

        Assert.Contains("is no dataset", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(folder["mine/thesis.txt"]));
    }

    [Fact]
    public void Append_WrongBatch_SaysBothSides()
    {
        using TemporaryFolder folder = new();
        using DatasetWriter writer = new(new DatasetWriterOptions { Folder = folder["set"], Schema = Samples.Schema });
        Batch outside = Samples.Rows(0, 4);
        outside.Sparse[0].Indices[2] = 1009;
        Batch label = Samples.Rows(0, 4);
        label.Labels[1] = 0.5f;

        Assert.Contains("2 sparse features", Assert.Throws<ArgumentException>(() => writer.Append(DatasetSplit.Train, new Batch(2, 2))).Message, StringComparison.Ordinal);
        Assert.Contains("C1: bag 2 has index 1009", Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append(DatasetSplit.Train, outside)).Message, StringComparison.Ordinal);
        Assert.Contains("0.5", Assert.Throws<ArgumentException>(() => writer.Append(DatasetSplit.Train, label)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_AllWrong_ListsEveryField()
    {
        DatasetWriterOptions options = new() { Folder = " ", Schema = Samples.Schema, RowsPerFile = 0, RowGroupRows = 1, MemoryLimitBytes = 5 };

        OptionsException exception = Assert.Throws<OptionsException>(options.Validate);

        Assert.Equal(
            "The options have 4 problems: Folder is empty; name the folder to make. RowsPerFile is 0; at least 1 is needed. RowGroupRows is 1; at least 2048 are needed. MemoryLimitBytes is 5; at least 67108864 are needed.",
            exception.Message);
    }

    [Fact]
    public void Defaults_ArePinned()
    {
        DatasetWriterOptions options = new() { Folder = "x", Schema = Samples.Schema };

        Assert.Equal((1048576, 65536, 1L << 30, false), (options.RowsPerFile, options.RowGroupRows, options.MemoryLimitBytes, options.Overwrite));
    }
}
