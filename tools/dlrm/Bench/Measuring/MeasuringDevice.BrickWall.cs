using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Brick walls of two-site gates.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void BrickWall(BrickWallShape shape, ReadOnlySpan<float> gates, DeviceBuffer<float> states)
    {
        long start = Start();
        inner.BrickWall(shape, gates, states);
        Stop(start, nameof(BrickWall), 4.0 * shape.GatesPerLayer * shape.StatesLength, shape.StatesLength);
    }

    /// <inheritdoc/>
    public void BrickWallGradients(
        BrickWallShape shape, ReadOnlySpan<float> gates, DeviceBuffer<float> states, DeviceBuffer<float> workspace, DeviceBuffer<float> gradient, Span<double> gateGradients)
    {
        long start = Start();
        inner.BrickWallGradients(shape, gates, states, workspace, gradient, gateGradients);
        Stop(start, nameof(BrickWallGradients), 8.0 * shape.GatesPerLayer * shape.StatesLength, shape.StatesLength + shape.StateLength);
    }
}
