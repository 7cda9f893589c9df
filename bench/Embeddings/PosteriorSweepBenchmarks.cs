using BenchmarkDotNet.Attributes;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Embeddings;

/// <summary>One sweep over the cores of a 10,131,227 × 128 table of TT ranks 16: draws, pull of the prior, λ, Adam; the baseline is Adam without a posterior.</summary>
public class PosteriorSweepBenchmarks
{
    private const ulong Seed = 20210405;

    private CpuDevice _device = null!;
    private IEmbeddingBag _fixed = null!;
    private IEmbeddingBag _map = null!;
    private IEmbeddingBag _svi = null!;
    private long _step;

    /// <summary>Gets or sets the device's threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Makes the tables.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _device = new CpuDevice(Threads);
        _fixed = Create(InferenceKind.FixedRanks);
        _map = Create(InferenceKind.Map);
        _svi = Create(InferenceKind.Svi);
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _fixed.Dispose();
        _map.Dispose();
        _svi.Dispose();
        _device.Dispose();
    }

    /// <summary>Adam alone.</summary>
    [Benchmark(Baseline = true)]
    public void FixedRanks() => Sweep(_fixed.Tensor!);

    /// <summary>Means with the prior's pull.</summary>
    [Benchmark]
    public void Map() => Sweep(_map.Tensor!);

    /// <summary>The posterior.</summary>
    [Benchmark]
    public void Svi() => Sweep(_svi.Tensor!);

    private void Sweep(BayesianTensor tensor)
    {
        _step++;
        tensor.BeginStep(new RandomStream(Seed, (ulong)_step), 1);
        tensor.ClearGradient();
        tensor.Step(new StepContext { Step = _step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1e-9, BatchSize = 2048 });
    }

    private IEmbeddingBag Create(InferenceKind inference) => EmbeddingBagFactory.Create(
        _device,
        "tables.C3",
        10_131_227,
        128,
        new TableOptions { Kind = TableKind.LowRank, RowModes = [200, 220, 250], ColumnModes = [4, 4, 8], StartRanks = [16, 16] },
        new OptimizerOptions(),
        new OptimizerOptions { Kind = OptimizerKind.Adam },
        new RankPriorOptions { Inference = inference },
        new RandomStream(Seed, 0));
}
