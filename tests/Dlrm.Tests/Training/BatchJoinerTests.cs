using Dlrm.Numerics;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

public sealed class BatchJoinerTests
{
    [Fact]
    public void Append_BatchesWithEmptyBagsAndSomeWeights_KeepsEverySample()
    {
        Batch joined = new(1, 2);
        BatchJoiner.Append(joined, Make([1, 0], [5, 6], JaggedIndices.From([3, 4, 5], [0, 3, 3]), JaggedIndices.OneHot([7, 8])));
        BatchJoiner.Append(joined, Make([1], [7], JaggedIndices.From([9], [0, 1], [0.5f]), JaggedIndices.From([], [0, 0])));
        BatchJoiner.Append(joined, Make([0], [8], JaggedIndices.From([1, 2], [0, 2]), JaggedIndices.OneHot([6])));
        Assert.Equal(4, joined.Size);
        Assert.Equal([1, 0, 1, 0], joined.Labels.ToArray());
        Assert.Equal([5, 6, 7, 8], joined.Dense.ToArray());
        Assert.Equal([3, 4, 5, 9, 1, 2], joined.Sparse[0].Indices.ToArray());
        Assert.Equal([0, 3, 3, 4, 6], joined.Sparse[0].Offsets.ToArray());
        Assert.Equal([1, 1, 1, 0.5f, 1, 1], joined.Sparse[0].Weights.ToArray());
        Assert.Equal([7, 8, 6], joined.Sparse[1].Indices.ToArray());
        Assert.Equal([0, 1, 2, 2, 3], joined.Sparse[1].Offsets.ToArray());
        Assert.False(joined.Sparse[1].IsWeighted);
    }

    private static Batch Make(float[] labels, float[] dense, JaggedIndices first, JaggedIndices second)
    {
        Batch batch = new(1, 2);
        batch.Resize(labels.Length);
        labels.CopyTo(batch.Labels);
        dense.CopyTo(batch.Dense);
        batch.Sparse[0] = first;
        batch.Sparse[1] = second;
        return batch;
    }
}
