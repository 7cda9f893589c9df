using Dlrm.Data.Synthetic;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests.Synthetic;

public sealed class SyntheticBatchSourceTests
{
    [Theory]
    [InlineData(DatasetSplit.Train, 1)]
    [InlineData(DatasetSplit.Train, 3)]
    [InlineData(DatasetSplit.Valid, 4)]
    [InlineData(DatasetSplit.Test, 2)]
    public void TryRead_AllWorkers_GiveEveryRowOfTheSplitOnce(DatasetSplit split, int workers)
    {
        SyntheticGenerator generator = SyntheticGeneratorTests.Seven.Value;
        (long first, long end) = generator.Options.RowsOf(split);
        SyntheticBlock block = generator.NewBlock();
        List<string> expected = [];
        for (long number = 0; number < generator.Blocks; number++)
        {
            generator.Fill(number, block);
            for (int i = 0; i < block.Count; i++)
            {
                if (block.FirstRow + i >= first && block.FirstRow + i < end)
                {
                    expected.Add(Key(block.Labels[i], block.Dense.AsSpan(i * 5, 5), [.. block.Ids.Select((long[] ids) => ids[i])]));
                }
            }
        }

        List<string> given = [];
        long samples = 0;
        for (int worker = 0; worker < workers; worker++)
        {
            using SyntheticBatchSource source = new(generator, split, 300, worker, workers);
            List<string> rows = ReadAll(source);
            Assert.Equal(source.Samples, rows.Count);
            samples += source.Samples;
            given.AddRange(rows);
        }

        Assert.Equal(end - first, samples);
        Assert.Equal(expected.Order(StringComparer.Ordinal), given.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Seek_AnyRow_ContinuesWithTheVeryNextRow()
    {
        SyntheticGenerator generator = SyntheticGeneratorTests.Seven.Value;
        using SyntheticBatchSource source = new(generator, DatasetSplit.Train, 700, worker: 1, workers: 2);
        source.Seek(DataCursor.Start(3));
        List<string> all = ReadAll(source);
        foreach (long row in new[] { 0L, 1, 699, 700, 5000, source.Samples - 1, source.Samples })
        {
            source.Seek(new DataCursor(3, row));
            Assert.Equal(all[(int)row..], ReadAll(source));
            Assert.Equal(new DataCursor(3, source.Samples), source.Cursor);
        }
    }

    [Fact]
    public void Seek_AnotherEpoch_GivesTheSameRowsInAnotherOrder()
    {
        SyntheticGenerator generator = new(SyntheticGeneratorTests.SmallOptions(7) with { Rows = 40_000 });
        using SyntheticBatchSource source = new(generator, DatasetSplit.Train, 4096);
        List<string> first = ReadAll(source);
        source.Seek(DataCursor.Start(1));
        List<string> second = ReadAll(source);

        Assert.NotEqual(first, second);
        Assert.Equal(first.Order(StringComparer.Ordinal), second.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TryRead_EveryBatch_IsValidAndOfTheBatchSize()
    {
        SyntheticGenerator generator = SyntheticGeneratorTests.Seven.Value;
        using SyntheticBatchSource source = new(generator, DatasetSplit.Test, 300);
        int batches = 0;
        while (source.TryRead(out Batch batch))
        {
            batches++;
            Assert.Equal(batches == 7 ? 200 : 300, batch.Size);
            for (int t = 0; t < batch.Sparse.Length; t++)
            {
                batch.Sparse[t].Validate(source.Cardinalities[t], $"C{t + 1}");
                Assert.Equal(batch.Size, batch.Sparse[t].Bags);
            }
        }

        Assert.Equal(7, batches);
        Assert.Equal(5, source.DenseFeatures);
    }

    [Fact]
    public void TryRead_MoreWorkersThanRows_EndsAtOnceForTheEmptyOnes()
    {
        SyntheticGenerator generator = new(SyntheticGeneratorTests.SmallOptions(7) with { Rows = 10 });
        int rows = 0;
        for (int worker = 0; worker < 5; worker++)
        {
            using SyntheticBatchSource source = new(generator, DatasetSplit.Valid, 4, worker, 5);
            rows += ReadAll(source).Count;
        }

        Assert.Equal(1, rows);
    }

    private static List<string> ReadAll(SyntheticBatchSource source)
    {
        List<string> rows = [];
        while (source.TryRead(out Batch batch))
        {
            for (int b = 0; b < batch.Size; b++)
            {
                long[] ids = [.. batch.Sparse.Select((JaggedIndices bags) => bags.Indices[bags.Offsets[b]])];
                rows.Add(Key(batch.Labels[b], batch.Dense.Slice(b * batch.DenseFeatures, batch.DenseFeatures), ids));
            }
        }

        return rows;
    }

    private static string Key(float label, ReadOnlySpan<float> dense, long[] ids) =>
        $"{label} {string.Join(' ', dense.ToArray().Select((float x) => BitConverter.SingleToInt32Bits(x)))} {string.Join(' ', ids)}";
}
