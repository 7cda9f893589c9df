using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Formats;

/// <summary>A format from outside the library goes through everything: prior, gauge, fit, pruning, serialisation. Nothing of it knows its name.</summary>
public sealed class NewFormatTests : IDisposable
{
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void MoveGauge_NewFormat_LeavesTheTensorAndOrdersTheEnergies()
    {
        using TensorEmbeddingBag bag = Bag(new ProductFormat(12, 7, 4), new TensorFitOptions());
        double[] before = Expand(bag);

        bag.Tensor.MoveGauge();

        Assert.InRange(TensorDefinition.RelativeError(Expand(bag), before), 0, 1e-5);
        double[] parameters = bag.Tensor.RankParameters(0).ToArray();
        Assert.Equal(parameters.OrderDescending(), parameters);
    }

    [Fact]
    public void Fit_NewFormat_FindsTheRank()
    {
        PlantedTensor planted = new(_device, new ProductFormat(80, 30, 3), noise: 0.3, seen: 0.5, seed: 1);
        TensorFitOptions options = new() { Seed = 1, Steps = 2000, BatchRows = 40 };

        // U has a row for every id, and unseen rows can't be known: what counts is the rank, and what is stored.
        RecoveredRanks found = RankRecovery.Fit(_device, planted, new ProductFormat(80, 30, 8), options with { RankPrior = options.RankPrior with { PruneEvery = 100 } });

        Assert.Equal([3], found.Found);
        Assert.Equal(3 * (80 + 30), found.StoredElements);
        Assert.InRange(found.Noise, 0.27, 0.33);
    }

    [Fact]
    public void Load_NewFormat_RestoresEveryBit()
    {
        using TensorEmbeddingBag bag = Bag(new ProductFormat(12, 7, 4), new TensorFitOptions());
        bag.Tensor.MoveGauge();
        bag.Tensor.RemoveComponent(0, 3);
        MemoryState saved = new();
        bag.Tensor.Save(saved, StateParts.All);
        using TensorEmbeddingBag other = Bag(new ProductFormat(12, 7, 4), new TensorFitOptions());

        other.Tensor.Load(saved, StateParts.All);

        Assert.Equal([3], other.Tensor.Format.Ranks);
        Assert.Equal(Expand(bag), Expand(other));
    }

    private TensorEmbeddingBag Bag(LowRankFormat format, TensorFitOptions options) =>
        new(_device, new BayesianTensor(_device, "t", format, options.Optimizer, options.RankPrior, new RandomStream(7, 0), entryDeviation: 1), PoolingType.Sum);

    private double[] Expand(TensorEmbeddingBag bag)
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(bag.Rows * bag.EmbeddingDim);
        bag.Forward(JaggedIndices.OneHot([.. Enumerable.Range(0, (int)bag.Rows).Select(row => (long)row)]), new Matrix(buffer, (int)bag.Rows, bag.EmbeddingDim));
        return [.. buffer.ToArray().Select(value => (double)value)];
    }
}
