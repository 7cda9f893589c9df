using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using Dlrm.CommandLine.Bench;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Embeddings;

/// <summary>A dense table of a million rows: forward, and forward with backward and update, of 8192 Zipf ids; the baseline copies each id's row.</summary>
public class DenseBagBenchmarks
{
    private const int Batch = 8192;
    private const long Rows = 1_000_000;
    private const int EmbeddingDim = 16;
    private const ulong Seed = 20210405;

    private CpuDevice _device = null!;
    private IEmbeddingBag _bag = null!;
    private DeviceBuffer<float> _output = null!;
    private JaggedIndices _bags = null!;
    private float[] _table = null!;
    private float[] _rows = null!;
    private long _step;

    /// <summary>Gets or sets the optimiser.</summary>
    [Params(OptimizerKind.Sgd, OptimizerKind.RowwiseAdagrad)]
    public OptimizerKind Optimizer { get; set; }

    private Matrix Output => new(_output, Batch, EmbeddingDim);

    /// <summary>Makes the table and the ids.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _device = new CpuDevice(1);
        _bag = EmbeddingBagFactory.Create(
            _device, "tables.C1", Rows, EmbeddingDim, new TableOptions { Kind = TableKind.Dense }, new OptimizerOptions { Kind = Optimizer }, new OptimizerOptions(),
            new RankPriorOptions(), new RandomStream(Seed, 0));
        _output = _device.Allocate<float>(Batch * EmbeddingDim);
        _bags = JaggedIndices.OneHot(BenchIds.Draw(Rows, Batch, isZipf: true));
        _table = new float[Rows * EmbeddingDim];
        _rows = new float[Batch * EmbeddingDim];
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _bag.Dispose();
        _output.Dispose();
        _device.Dispose();
    }

    /// <summary>Adds the row of each id to zeros.</summary>
    [Benchmark(Baseline = true)]
    public void AddRows()
    {
        _rows.AsSpan().Clear();
        for (int b = 0; b < Batch; b++)
        {
            Span<float> row = _rows.AsSpan(b * EmbeddingDim, EmbeddingDim);
            TensorPrimitives.Add(row, _table.AsSpan((int)_bags.Indices[b] * EmbeddingDim, EmbeddingDim), row);
        }
    }

    /// <summary>The bag, grouping of ids included.</summary>
    [Benchmark]
    public void Forward() => _bag.Forward(_bags, Output);

    /// <summary>Forward, backward and update.</summary>
    [Benchmark]
    public void Step()
    {
        _bag.Forward(_bags, Output);
        _bag.Parameters[0].ClearGradient();
        _bag.Backward(Output);
        _bag.Parameters[0].Step(new StepContext { Step = ++_step, LearningRateFactor = 1, GradientScale = 1e-6f, KlWeight = 0, BatchSize = Batch });
    }
}
