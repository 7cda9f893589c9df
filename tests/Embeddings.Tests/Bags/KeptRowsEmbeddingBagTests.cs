using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bags;

/// <summary>Tests of <see cref="KeptRowsEmbeddingBag"/>.</summary>
public sealed class KeptRowsEmbeddingBagTests
{
    [Fact]
    public void Forward_RareIds_HaveTheRowOfIdZero()
    {
        using CpuDevice device = new(1);
        TableOptions options = new() { Kind = TableKind.Dense, KeptRows = 4 };
        OptimizerOptions optimizer = new();
        using IEmbeddingBag bag = EmbeddingBagFactory.Create(device, "tables.A", 9, 3, options, optimizer, optimizer, new RankPriorOptions(), new RandomStream(1, 2));
        JaggedIndices bags = new();
        bags.Resize(9, 9, isWeighted: false);
        for (int id = 0; id < 9; id++)
        {
            bags.Indices[id] = id;
            bags.Offsets[id + 1] = id + 1;
        }

        using DeviceBuffer<float> output = device.Allocate<float>(27);
        bag.Forward(bags, new Matrix(output, 9, 3));

        float[] table = ((TableParameter)bag.Parameters[0]).Value.ToArray();
        float[] expected = [.. Enumerable.Range(0, 9).SelectMany(id => table.Skip(3 * (id < 4 ? id : 0)).Take(3))];
        Assert.Equal(expected, output.ToArray());
        Assert.Equal((9, 12, "dense 4 × 3, 5 rarer ids as id 0"), (bag.Rows, table.Length, bag.Description));
    }
}
