using BenchmarkDotNet.Attributes;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Numerics;

/// <summary>Evaluates one batch of uniform rows of a 10,131,227 × 128 table in a tensor format, and goes back to its factors.</summary>
public abstract class TableRowsBenchmarks
{
    private const int Seed = 20210405;
    private DeviceBuffer<float> _buffer = null!;

    /// <summary>Gets or sets the bags of a batch.</summary>
    [Params(2048)]
    public int BatchSize { get; set; }

    /// <summary>Gets or sets the device's threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>The rows of the table.</summary>
    protected const long TableRows = 10_131_227;

    /// <summary>The columns of the table.</summary>
    protected const int EmbeddingDim = 128;

    /// <summary>Gets the device.</summary>
    protected CpuDevice Device { get; private set; } = null!;

    /// <summary>Gets the batch.</summary>
    protected RowGroups Groups { get; private set; } = null!;

    /// <summary>Gets the factors.</summary>
    protected DeviceBuffer<float>[] Factors { get; private set; } = null!;

    /// <summary>Gets the factors' gradients.</summary>
    protected DeviceBuffer<float>[] Gradients { get; private set; } = null!;

    /// <summary>Gets (U, J): the rows, and as well their gradient.</summary>
    protected Matrix Rows { get; private set; }

    /// <summary>Gets the lengths of the factors.</summary>
    protected abstract long[] Lengths { get; }

    /// <summary>Makes factors and ids.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Device = new CpuDevice(Threads);
        Random random = new(Seed);
        Groups = new RowGroups(Device);
        Device.GroupRows(JaggedIndices.OneHot([.. Enumerable.Range(0, BatchSize).Select(_ => random.NextInt64(TableRows))]), Groups);
        _buffer = Device.Allocate<float>((long)Groups.UniqueCount * EmbeddingDim);
        Rows = new Matrix(_buffer, Groups.UniqueCount, EmbeddingDim);
        Factors = Array.ConvertAll(Lengths, length => Device.Allocate<float>(length));
        Gradients = Array.ConvertAll(Lengths, length => Device.Allocate<float>(length));
        foreach (DeviceBuffer<float> factor in Factors)
        {
            factor.CopyFrom([.. Enumerable.Range(0, (int)factor.Length).Select(_ => random.NextSingle() - 0.5f)]);
        }

        CreateWorkspace();
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        foreach (DeviceBuffer<float> buffer in (DeviceBuffer<float>[])[.. Factors, .. Gradients, _buffer])
        {
            buffer.Dispose();
        }

        DisposeWorkspace();
        Groups.Dispose();
        Device.Dispose();
    }

    /// <summary>The rows.</summary>
    [Benchmark]
    public void Forward() => EvaluateRows();

    /// <summary>The rows, then every factor's gradient.</summary>
    [Benchmark]
    public void ForwardAndBackward()
    {
        EvaluateRows();
        AddGradients();
    }

    /// <summary>Evaluates the rows.</summary>
    protected abstract void EvaluateRows();

    /// <summary>Adds the factors' gradients.</summary>
    protected abstract void AddGradients();

    /// <summary>Makes the workspace.</summary>
    protected abstract void CreateWorkspace();

    /// <summary>Frees the workspace.</summary>
    protected abstract void DisposeWorkspace();
}
