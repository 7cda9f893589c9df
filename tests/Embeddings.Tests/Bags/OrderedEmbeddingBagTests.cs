using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bags;

/// <summary>Rows stored in an order of their own.</summary>
public sealed class OrderedEmbeddingBagTests
{
    private const int Columns = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(3001)]
    public void Pack_AndLoad_IsTheSameOrderInFewBits(int rows)
    {
        Random random = new(rows);
        int[] places = [.. Enumerable.Range(0, rows).OrderBy(_ => random.Next())];
        using CpuDevice device = new(1);
        MemoryState state = new();
        state.Write("order", RowOrderParameter.Pack(places));

        using RowOrderParameter order = new("order", rows);
        order.Load(state, StateParts.Values);

        Assert.Equal(places, order.Places.ToArray());
        int bits = Math.Max(1, (int)Math.Ceiling(Math.Log2(rows)));
        Assert.Equal((((rows * bits) + 63) / 64) * 8, order.StoredBytes);
    }

    /// <summary>Every row is the one at its place, and its gradient goes there.</summary>
    [Fact]
    public void Forward_AnOrder_ReadsAndTrainsTheRowAtThePlace()
    {
        using CpuDevice device = new(1);
        DenseEmbeddingBag inner = new(device, "tables.a", 5, Columns, PoolingType.Sum, new OptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = 1 }, new RandomStream(3, 1));
        using OrderedEmbeddingBag bag = new(inner);
        float[] stored = Values(device, inner);
        MemoryState state = new();
        int[] places = [3, 0, 4, 1, 2];
        state.Write("tables.a.order", RowOrderParameter.Pack(places));
        bag.Parameters[^1].Load(state, StateParts.Values);

        Assert.Equal(places.SelectMany(place => stored.Skip(place * Columns).Take(Columns)), Values(device, bag));

        using DeviceBuffer<float> buffer = device.Allocate<float>(Columns);
        bag.Forward(JaggedIndices.OneHot([2]), new Matrix(buffer, 1, Columns));
        buffer.CopyFrom([1f, 1f, 1f]);
        bag.Backward(new Matrix(buffer, 1, Columns));
        foreach (Parameter parameter in bag.Parameters)
        {
            parameter.Step(new StepContext { Step = 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = 1 });
        }

        float[] trained = Values(device, inner);
        Assert.Equal([4], Enumerable.Range(0, 5).Where(row => trained[row * Columns] != stored[row * Columns]));
    }

    /// <summary>Damaged orders: a place twice, one beyond the rows, too few words.</summary>
    [Fact]
    public void Load_WhatIsNoOrder_IsRefused()
    {
        Assert.Contains("which another row has", Refusal(RowOrderParameter.Pack([0, 1, 1, 2, 3])), StringComparison.Ordinal);
        Assert.Contains("beyond the 5 rows", Refusal(RowOrderParameter.Pack([0, 1, 2, 3, 7])), StringComparison.Ordinal);
        Assert.Contains("has 0 words", Refusal([]), StringComparison.Ordinal);

        static string Refusal(long[] words)
        {
            using CpuDevice device = new(1);
            MemoryState state = new();
            state.Write("order", words);
            using RowOrderParameter order = new("order", 5);
            return Assert.Throws<InvalidDataException>(() => order.Load(state, StateParts.Values)).Message;
        }
    }

    /// <summary>Two far clusters, mixed: each half of the order is one of them; and an order and its places undo one another.</summary>
    [Fact]
    public void Clustered_TwoMixedClusters_AreTakenApart()
    {
        Random random = new(1);
        float[] rows = [.. Enumerable.Range(0, 40).SelectMany(row => Enumerable.Range(0, Columns).Select(j => (float)(random.NextDouble() + (row % 2 == 0 ? 10 : 0) + j)))];

        int[] order = RowOrder.Clustered(rows, Columns);

        Assert.Equal(Enumerable.Range(0, 40), order.Order());
        Assert.Single(order.Take(20).Select(row => row % 2).Distinct());
        int[] places = RowOrder.Places(order);
        Assert.All(Enumerable.Range(0, 40), row => Assert.Equal(row, order[places[row]]));
    }

    private static float[] Values(CpuDevice device, IEmbeddingBag bag)
    {
        using DeviceBuffer<float> buffer = device.Allocate<float>(5 * Columns);
        bag.Forward(AllRows.Of(5), new Matrix(buffer, 5, Columns));
        return buffer.ToArray();
    }
}
