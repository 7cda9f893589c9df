using Dlrm.CommandLine.Bench;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Bench.Scale;

/// <summary>One TT-matrix table of 64 columns with a posterior, batches of ids, and the times of what is done to it.</summary>
internal sealed class ScaleTable : IDisposable
{
    /// <summary>The ids of a batch.</summary>
    internal const int BatchSize = 8192;

    private const int Batches = 8;
    private const int EmbeddingDim = 64;
    private const ulong Seed = 20210405;
    private readonly IDevice _device;
    private readonly DeviceBuffer<float> _outputBuffer;
    private readonly DeviceBuffer<float> _gradientBuffer;
    private readonly JaggedIndices[] _uniform;
    private readonly JaggedIndices[] _zipf;
    private readonly RowGroups _groups;
    private int _next;
    private long _step;

    /// <summary>Initializes a new instance of the <see cref="ScaleTable"/> class.</summary>
    /// <param name="device">The device.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="bondRank">The TT rank of every bond.</param>
    internal ScaleTable(IDevice device, long rows, int bondRank)
    {
        _device = device;
        Rows = rows;
        Bag = EmbeddingBagFactory.Create(
            device, "tables.C1", rows, EmbeddingDim, new TableOptions { Kind = TableKind.LowRank, StartRank = bondRank }, new OptimizerOptions(),
            new OptimizerOptions { Kind = OptimizerKind.Adam }, new RankPriorOptions(), new RandomStream(Seed, 0));
        _outputBuffer = device.Allocate<float>((long)BatchSize * EmbeddingDim);
        _gradientBuffer = device.Allocate<float>((long)BatchSize * EmbeddingDim);
        device.FillNormal(_gradientBuffer, new RandomStream(Seed, 1), 1e-3f);
        _groups = new RowGroups(device);
        Random random = new((int)Seed);
        _uniform = [.. Enumerable.Range(0, Batches).Select(_ => Draw(() => random.NextInt64(rows)))];
        _zipf = [.. Enumerable.Range(0, Batches).Select(_ => Draw(() => BenchIds.Zipf(random, rows)))];
    }

    /// <summary>Gets the rows.</summary>
    internal long Rows { get; }

    /// <summary>Gets the table.</summary>
    internal IEmbeddingBag Bag { get; }

    /// <summary>Gets the tensor.</summary>
    internal BayesianTensor Tensor => Bag.Tensor!;

    /// <summary>Gets the times of a forward pass over uniform ids.</summary>
    internal Samples Uniform { get; } = new();

    /// <summary>Gets the times of a forward pass over Zipf ids.</summary>
    internal Samples Zipfian { get; } = new();

    /// <summary>Gets the times of forward and backward over uniform ids, without the sweep.</summary>
    internal Samples ForwardBackward { get; } = new();

    /// <summary>Gets the times of the sweep over all factors: a draw, and the step of posterior, λ and optimiser.</summary>
    internal Samples Sweep { get; } = new();

    /// <summary>Gets the distinct rows of a uniform batch.</summary>
    internal int UniformUnique => Unique(_uniform[0]);

    /// <summary>Gets the distinct rows of a Zipf batch.</summary>
    internal int ZipfUnique => Unique(_zipf[0]);

    private Matrix Output => new(_outputBuffer, BatchSize, EmbeddingDim);

    private Matrix Gradient => new(_gradientBuffer, BatchSize, EmbeddingDim);

    /// <summary>Forgets the times of the warm-up.</summary>
    internal void ForgetTimes()
    {
        Uniform.Clear();
        Zipfian.Clear();
        ForwardBackward.Clear();
        Sweep.Clear();
    }

    /// <summary>Does everything once.</summary>
    internal void Round()
    {
        Tensor.UseMeans();
        JaggedIndices uniform = _uniform[_next % Batches];
        JaggedIndices zipf = _zipf[_next % Batches];
        _next++;
        Uniform.Time(() => Bag.Forward(uniform, Output));
        Zipfian.Time(() => Bag.Forward(zipf, Output));
        Tensor.BeginStep(new RandomStream(Seed, 2).Derive((ulong)_next), pieces: 1);
        Tensor.ClearGradient();
        ForwardBackward.Time(() =>
        {
            Bag.Forward(uniform, Output);
            Bag.Backward(Gradient);
        });
        Sweep.Time(() =>
        {
            Tensor.BeginStep(new RandomStream(Seed, 3).Derive((ulong)_next), pieces: 1);
            Tensor.Step(new StepContext { Step = ++_step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1e-9, BatchSize = BatchSize });
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Bag.Dispose();
        _groups.Dispose();
        _outputBuffer.Dispose();
        _gradientBuffer.Dispose();
    }

    private static JaggedIndices Draw(Func<long> next) => JaggedIndices.OneHot([.. Enumerable.Range(0, BatchSize).Select(_ => next())]);

    private int Unique(JaggedIndices bags)
    {
        _device.GroupRows(bags, _groups);
        return _groups.UniqueCount;
    }
}
