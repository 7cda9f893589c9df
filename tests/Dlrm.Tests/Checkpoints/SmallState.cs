using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Checkpoints;

/// <summary>A few tensors of every kind, with a number that tells one save from another.</summary>
internal sealed class SmallState : IDisposable
{
    private readonly CpuDevice _device = new(1);
    private readonly DeviceBuffer<float> _core;
    private readonly DeviceBuffer<float> _weight;

    internal SmallState(int version)
    {
        Version = version;
        _core = _device.Allocate<float>(24);
        _weight = _device.Allocate<float>(7);
        _core.CopyFrom(Enumerable.Range(0, 24).Select(i => version + (i / 32f)).ToArray());
        _weight.CopyFrom(Enumerable.Range(0, 7).Select(i => -version - (i / 8f)).ToArray());
    }

    internal int Version { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _core.Dispose();
        _weight.Dispose();
        _device.Dispose();
    }

    internal void SaveModel(IStateWriter writer)
    {
        writer.Write("tables.0.core.0", [1, 3, 2, 4], _core);
        writer.Write("bottom.0.weight", [7], _weight);
        writer.Write("tables.0.lambda.1", [0.5, Version, double.Epsilon]);
    }

    internal void SaveOptimizer(IStateWriter writer)
    {
        writer.Write("tables.0.core.0.accumulator", [2, 12], _core);
        writer.Write("trainer.counters", [Version, long.MaxValue, -1]);
        writer.Write("trainer.empty", ReadOnlySpan<double>.Empty);
    }

    /// <summary>Reads a state and says which version it is, after checking that it is all of one piece.</summary>
    internal static int Load(Dlrm.Checkpoints.Checkpoint checkpoint)
    {
        int version = 0;
        using CpuDevice device = new(1);
        using DeviceBuffer<float> core = device.Allocate<float>(24);
        checkpoint.Load(
            reader =>
            {
                reader.Read("tables.0.core.0", core);
                version = (int)core.ToArray()[0];
                Assert.Equal(Enumerable.Range(0, 24).Select(i => version + (i / 32f)), core.ToArray());
                Assert.Equal([0.5, version, double.Epsilon], reader.ReadDoubles("tables.0.lambda.1"));
                Assert.Equal([version, long.MaxValue, -1], reader.ReadIntegers("trainer.counters"));
            });
        return version;
    }
}
