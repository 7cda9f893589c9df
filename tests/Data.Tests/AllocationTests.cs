using Dlrm.Numerics;

namespace Dlrm.Data.Tests;

/// <summary>Counts the bytes that all threads allocate, so nothing may run beside it.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    [Fact]
    public void TryRead_AfterWarmUp_AllocatesNothingPerBatch()
    {
        using TemporaryFolder folder = new();
        DatasetFolder dataset = Samples.Write(folder["set"], 60000, 60000, rowGroupRows: 8192);
        using ParquetBatchSource source = new(dataset, DatasetSplit.Train, new BatchSourceOptions { BatchSize = 32, ShuffleWindow = 4096, ReadAhead = 2 });
        ParquetBatchSourceTests.ReadEpoch(source, 0);
        source.Seek(DataCursor.Start(1));
        for (int i = 0; i < 100; i++)
        {
            Assert.True(source.TryRead(out _));
        }

        int batches = 0;
        long mine = GC.GetAllocatedBytesForCurrentThread();
        long all = GC.GetTotalAllocatedBytes(precise: true);
        while (source.TryRead(out _))
        {
            batches++;
        }

        mine = GC.GetAllocatedBytesForCurrentThread() - mine;
        all = GC.GetTotalAllocatedBytes(precise: true) - all;
        Assert.Equal(1775, batches);
        // The smallest object has 24 bytes: one a batch would be seen, what the run time allocates once is not.
        Assert.True(mine < 20 * batches, $"The consumer allocated {mine} bytes for {batches} batches.");
        Assert.True(all < 64 * batches, $"All threads together allocated {all} bytes for {batches} batches.");
    }
}
