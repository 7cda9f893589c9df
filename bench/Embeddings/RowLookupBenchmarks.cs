using BenchmarkDotNet.Attributes;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Embeddings;

/// <summary>Looks up one batch of single rows from a TT-matrix table and from a dense one.</summary>
public class RowLookupBenchmarks
{
    private const ulong Seed = 20210405;

    private CpuDevice _device = null!;
    private IEmbeddingBag _dense = null!;
    private IEmbeddingBag _ttm = null!;
    private DeviceBuffer<float> _buffer = null!;
    private JaggedIndices _bags = null!;
    private Matrix _output;

    /// <summary>Gets or sets the rows of the table.</summary>
    [Params(100_000)]
    public long Rows { get; set; }

    /// <summary>Gets or sets the embedding dimension.</summary>
    [Params(16, 64)]
    public int EmbeddingDim { get; set; }

    /// <summary>Gets or sets the TT rank of every bond.</summary>
    [Params(4, 16)]
    public int TtRank { get; set; }

    /// <summary>Gets or sets the bags of a batch.</summary>
    [Params(2048)]
    public int BatchSize { get; set; }

    /// <summary>Makes tables and ids.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _device = new CpuDevice(1);
        _dense = Create(TableKind.Dense);
        _ttm = Create(TableKind.LowRank);
        _ttm.Tensor!.UseMeans();
        Random random = new((int)Seed);
        _bags = JaggedIndices.OneHot([.. Enumerable.Range(0, BatchSize).Select(_ => random.NextInt64(Rows))]);
        _buffer = _device.Allocate<float>((long)BatchSize * EmbeddingDim);
        _output = new Matrix(_buffer, BatchSize, EmbeddingDim);
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _dense.Dispose();
        _ttm.Dispose();
        _buffer.Dispose();
        _device.Dispose();
    }

    /// <summary>The dense table.</summary>
    [Benchmark(Baseline = true)]
    public void Dense() => _dense.Forward(_bags, _output);

    /// <summary>The TT-matrix table.</summary>
    [Benchmark]
    public void Ttm() => _ttm.Forward(_bags, _output);

    private IEmbeddingBag Create(TableKind kind) => EmbeddingBagFactory.Create(
        _device, "tables.C1", Rows, EmbeddingDim, new TableOptions { Kind = kind, StartRank = TtRank }, new OptimizerOptions(), new OptimizerOptions(), new RankPriorOptions(), new RandomStream(Seed, 0));
}
