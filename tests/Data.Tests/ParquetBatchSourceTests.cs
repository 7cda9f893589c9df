using Dlrm.Numerics;

namespace Dlrm.Data.Tests;

public sealed class ParquetBatchSourceTests
{
    private const int Rows = 10007;

    /// <summary>Gets rows per file × workers: one file, files = 2 × workers, more, uneven, fewer files than workers.</summary>
    public static TheoryData<int, int, int> Shares => new()
    {
        { 20000, 1, 64 }, { 20000, 2, 64 }, { 20000, 3, 5000 }, { 3000, 1, 0 }, { 3000, 2, 700 }, { 3000, 3, 64 }, { 1001, 3, 3333 }, { 2600, 2, 20000 }, { 900, 5, 1 },
    };

    [Theory, MemberData(nameof(Shares))]
    public void TryRead_AllWorkers_GiveEveryRowExactlyOnce(int rowsPerFile, int workers, int window)
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], Rows, rowsPerFile);
        int[] seen = new int[Rows];
        long sum = 0;
        long xor = 0;
        long samples = 0;
        for (int worker = 0; worker < workers; worker++)
        {
            using ParquetBatchSource source = new(
                dataset, DatasetSplit.Train, new BatchSourceOptions { BatchSize = 256, ShuffleWindow = window, Worker = worker, WorldSize = workers });
            samples += source.Samples;
            foreach (int row in ReadEpoch(source, 3))
            {
                seen[row]++;
                sum += row;
                xor ^= row;
            }
        }

        Assert.All(seen, static count => Assert.Equal(1, count));
        Assert.Equal((long)Rows * (Rows - 1) / 2, sum);
        Assert.Equal(Enumerable.Range(0, Rows).Aggregate(0, static (a, b) => a ^ b), xor);
        Assert.Equal(Rows, samples);
    }

    [Fact]
    public void TryRead_EveryField_BelongsToItsRow()
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], 4000, 1500);
        using ParquetBatchSource source = new(dataset, DatasetSplit.Train, new BatchSourceOptions { BatchSize = 300, ShuffleWindow = 700 });

        while (source.TryRead(out Batch batch))
        {
            Samples.AssertWhole(batch);
        }

        Assert.Equal(new DataCursor(0, 4000), source.Cursor);
    }

    [Fact]
    public void TryRead_WindowZero_KeepsTheOrder()
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], Rows, 3000);
        using ParquetBatchSource source = new(dataset, DatasetSplit.Train, new BatchSourceOptions { BatchSize = 1000, ShuffleWindow = 0, Seed = 7 });

        Assert.Equal(Enumerable.Range(0, Rows), ReadEpoch(source, 5));
    }

    [Fact]
    public void TryRead_SeedAndEpoch_DecideTheOrder()
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], Rows, 900);
        using ParquetBatchSource first = new(dataset, DatasetSplit.Train, new BatchSourceOptions { Seed = 1, ShuffleWindow = 500, BatchSize = 100 });
        using ParquetBatchSource again = new(dataset, DatasetSplit.Train, new BatchSourceOptions { Seed = 1, ShuffleWindow = 500, BatchSize = 333, ReadAhead = 1, Threads = 1 });
        using ParquetBatchSource other = new(dataset, DatasetSplit.Train, new BatchSourceOptions { Seed = 2, ShuffleWindow = 500, BatchSize = 100 });

        List<int> order = ReadEpoch(first, 0);

        Assert.Equal(order, ReadEpoch(again, 0));
        Assert.NotEqual(order, ReadEpoch(other, 0));
        Assert.NotEqual(order, ReadEpoch(first, 1));
        Assert.Equal(order, ReadEpoch(first, 0));
        Assert.NotEqual(order.Take(500).Order(), order.Take(500));
        Assert.NotEqual(0, order.Take(500).Min() / 900);
    }

    [Theory, InlineData(0), InlineData(64), InlineData(1000), InlineData(50000)]
    public void Seek_EveryKthRow_GivesExactlyTheRest(int window)
    {
        const int rows = 3001;
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], rows, 800);
        using ParquetBatchSource source = new(dataset, DatasetSplit.Train, new BatchSourceOptions { ShuffleWindow = window, BatchSize = 64, Seed = 3, WorldSize = 2, Worker = 1 });
        List<int> order = ReadEpoch(source, 2);

        for (int row = 0; row <= order.Count; row += 97)
        {
            source.Seek(new DataCursor(2, row));
            Assert.Equal(order.Skip(row), ReadRest(source));
        }
    }

    [Fact]
    public void Cursor_AfterEachBatch_IsThePlaceOfTheNextRow()
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], 1000, 400);
        using ParquetBatchSource source = new(dataset, DatasetSplit.Train, new BatchSourceOptions { ShuffleWindow = 150, BatchSize = 64 });
        List<int> order = ReadEpoch(source, 1);
        source.Seek(DataCursor.Start(1));
        List<int> taken = [];

        while (source.TryRead(out Batch batch))
        {
            Assert.Equal(taken.Count, batch.FirstSample);
            taken.AddRange(Enumerable.Range(0, batch.Size).Select(b => Samples.RowOf(batch, b)));
            Assert.Equal(new DataCursor(1, taken.Count), source.Cursor);
        }

        Assert.Equal(order, taken);
    }

    [Theory, InlineData(2, 0), InlineData(3, 64), InlineData(5, 1000)]
    public void TryRead_SharedBatches_AreThePartsOfOneWorkersBatches(int workers, int window)
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], 3001, 800);
        BatchSourceOptions options = new() { ShuffleWindow = window, BatchSize = 100, Seed = 3, WorldSize = workers, Sharing = RowSharing.Batches };
        using ParquetBatchSource whole = new(dataset, DatasetSplit.Train, options with { WorldSize = 1 });
        ParquetBatchSource[] parts = [.. Enumerable.Range(0, workers).Select(worker => new ParquetBatchSource(dataset, DatasetSplit.Train, options with { Worker = worker }))];
        DataCursor start = new(2, 1300);
        foreach (ParquetBatchSource source in (ParquetBatchSource[])[whole, .. parts])
        {
            source.Seek(start);
        }

        int batches = 0;
        while (whole.TryRead(out Batch batch))
        {
            int[] expected = [.. Enumerable.Range(0, batch.Size).Select(b => Samples.RowOf(batch, b))];
            List<int> shared = [];
            foreach (ParquetBatchSource part in parts)
            {
                Assert.True(part.TryRead(out Batch own));
                Assert.All(own.Sparse, bags => Assert.Equal(own.Size, bags.Bags));
                Assert.Equal(whole.Cursor.Row - batch.Size + shared.Count, own.FirstSample);
                shared.AddRange(Enumerable.Range(0, own.Size).Select(b => Samples.RowOf(own, b)));
                Assert.Equal(whole.Cursor, part.Cursor);
            }

            Assert.Equal(expected, shared);
            batches++;
        }

        Assert.Equal(18, batches);
        Assert.All(parts, part => Assert.False(part.TryRead(out _)));
        Assert.Equal(3001, parts.Sum(part => part.Samples));
        Array.ForEach(parts, part => part.Dispose());
    }

    [Fact]
    public void Seek_OutsideOfTheEpoch_IsRefused()
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], 10, 400);
        using ParquetBatchSource source = new(dataset, DatasetSplit.Train, new BatchSourceOptions());

        Assert.Throws<ArgumentOutOfRangeException>(() => source.Seek(new DataCursor(0, 11)));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Seek(new DataCursor(0, -1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Seek(new DataCursor(-1, 0)));
    }

    [Fact]
    public void TryRead_EmptySplitAndMoreWorkersThanRows_EndAtOnce()
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], 2, 400);
        using ParquetBatchSource empty = new(dataset, DatasetSplit.Valid, new BatchSourceOptions());
        using ParquetBatchSource idle = new(dataset, DatasetSplit.Train, new BatchSourceOptions { WorldSize = 3, Worker = 0 });

        Assert.False(empty.TryRead(out _));
        Assert.False(idle.TryRead(out _));
        Assert.Equal((0, 0), (empty.Samples, idle.Samples));
    }

    internal static List<int> ReadEpoch(ParquetBatchSource source, int epoch)
    {
        source.Seek(DataCursor.Start(epoch));
        return ReadRest(source);
    }

    private static List<int> ReadRest(ParquetBatchSource source)
    {
        List<int> rows = [];
        while (source.TryRead(out Batch batch))
        {
            for (int b = 0; b < batch.Size; b++)
            {
                rows.Add(Samples.RowOf(batch, b));
            }
        }

        return rows;
    }
}
