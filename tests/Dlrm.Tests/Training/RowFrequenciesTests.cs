using Dlrm.Data;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

/// <summary>Tests of <see cref="RowFrequencies"/>.</summary>
public sealed class RowFrequenciesTests
{
    /// <summary>Rows end at the last id that occurs often enough, counted here by hand.</summary>
    /// <param name="exact">The exact frequency.</param>
    /// <param name="kept">The kept frequency.</param>
    [Theory]
    [InlineData(12, 9)]
    [InlineData(14, 0)]
    [InlineData(0, 10)]
    [InlineData(100_000, 100_000)]
    public void Resolve_Frequencies_BecomeRows(long exact, long kept)
    {
        using ClickSource source = new(700, 50, seed: 3);
        ModelOptions options = new() { Tables = new TableOptions { Kind = TableKind.LowRank, CompressAbove = 10, ExactFrequency = exact, KeptFrequency = kept, ExactRows = 3 } };

        ModelOptions resolved = RowFrequencies.Resolve(options, Models.Inputs, source);

        for (int t = 0; t < 3; t++)
        {
            int[] counts = Counts(source, t);
            int keptRows = kept > 0 ? LastWith(counts, kept) : counts.Length;
            int exactRows = exact > 0 ? Math.Min(LastWith(counts, exact), keptRows) : 3;
            TableOptions table = resolved.TableOf(Models.Inputs.Names[t]);
            Assert.Equal((keptRows, exactRows), ((int)table.Kept(counts.Length), table.ExactRows));
            Assert.Equal((0, 0), (table.ExactFrequency, table.KeptFrequency));
            Assert.Equal(exact > 0 && exactRows >= keptRows - 1 ? TableKind.Dense : TableKind.LowRank, table.Kind);
        }

        Assert.Equal(DataCursor.Start(0), source.Cursor);
    }

    [Fact]
    public void Resolve_NothingToCount_IsTheSameOptions()
    {
        using ClickSource source = new(100, 50, seed: 3);
        ModelOptions options = new() { Tables = new TableOptions { KeptRows = 5 } };

        Assert.Same(options, RowFrequencies.Resolve(options, Models.Inputs, source));
    }

    [Fact]
    public void Model_FrequencyThatWasNotCounted_IsRefused()
    {
        using CpuDevice device = new(1);
        DlrmOptions options = Models.Svi with { Model = Models.Svi.Model with { TableOverrides = new Dictionary<string, TableOptions> { ["B"] = new() { KeptFrequency = 2 } } } };

        OptionsException exception = Assert.Throws<OptionsException>(() => new DlrmModel(device, options, Models.Inputs));

        Assert.Equal("Table 'B' has exactFrequency or keptFrequency, but nothing was counted: make its options with RowFrequencies.Resolve.", Assert.Single(exception.Problems));
    }

    private static int LastWith(int[] counts, long frequency)
    {
        int rows = counts.Length;
        while (rows > 1 && counts[rows - 1] < frequency)
        {
            rows--;
        }

        return rows;
    }

    private static int[] Counts(ClickSource source, int table)
    {
        int[] counts = new int[source.Cardinalities[table]];
        source.Seek(DataCursor.Start(0));
        while (source.TryRead(out Batch batch))
        {
            foreach (long id in batch.Sparse[table].Indices)
            {
                counts[id]++;
            }
        }

        source.Seek(DataCursor.Start(0));
        return counts;
    }
}
