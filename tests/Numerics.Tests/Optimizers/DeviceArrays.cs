namespace Dlrm.Numerics.Tests.Optimizers;

/// <summary>Seeded arrays on a device: w and g in [−1, 1), states after m in [0, 1).</summary>
internal sealed class DeviceArrays : IDisposable
{
    private const int Seed = 20220117;

    private readonly DeviceBuffer<float>[] _buffers;

    internal DeviceArrays(IDevice device, int length, int count)
    {
        Random random = new(Seed);
        _buffers = new DeviceBuffer<float>[count];
        Start = new float[count][];
        for (int a = 0; a < count; a++)
        {
            Start[a] = new float[length];
            for (int i = 0; i < length; i++)
            {
                Start[a][i] = (float)(a < 2 ? (random.NextDouble() * 2) - 1 : random.NextDouble());
            }

            _buffers[a] = device.Allocate<float>(length);
            _buffers[a].CopyFrom(Start[a]);
        }
    }

    /// <summary>Gets what the arrays held first.</summary>
    internal float[][] Start { get; }

    internal DeviceBuffer<float> this[int array] => _buffers[array];

    public void Dispose()
    {
        foreach (DeviceBuffer<float> buffer in _buffers)
        {
            buffer.Dispose();
        }
    }
}
