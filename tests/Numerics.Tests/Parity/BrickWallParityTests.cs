using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>What any device's brick walls must compute; a device's tests derive from this class.</summary>
public abstract class BrickWallParityTests : IDisposable
{
    private readonly IDevice _device;

    /// <summary>Initializes a new instance of the <see cref="BrickWallParityTests"/> class.</summary>
    protected BrickWallParityTests(IDevice device) => _device = device;

    /// <summary>Gets sites and layers: one pass, two, and three; fewer than a panel's columns of other sites; odd and even.</summary>
    public static TheoryData<int, int> Shapes => new()
    {
        { 2, 1 }, { 3, 1 }, { 3, 3 }, { 4, 2 }, { 8, 2 }, { 9, 3 }, { 10, 2 }, { 11, 1 }, { 12, 3 }, { 13, 2 }, { 18, 2 }, { 19, 3 }, { 20, 1 },
    };

    public void Dispose()
    {
        _device.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void BrickWall_AnyShape_IsThatOfTheReference(int sites, int layers)
    {
        BrickWallShape shape = new(sites, layers, 0.1f);
        float[] gates = Gates(shape);
        using DeviceBuffer<float> states = _device.Allocate<float>(shape.StatesLength);

        _device.BrickWall(shape, gates, states);

        double[] expected = BrickWallKernels.Reference(shape, Array.ConvertAll(gates, static gate => (double)gate));
        float[] actual = new float[shape.StateLength];
        states.CopyTo(actual, (layers - 1) * shape.StateLength);
        double scale = Math.Sqrt(expected.Sum(x => x * x) / expected.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            // Each entry is a chain of 2·M·Q rounded products of orthogonal-like gates: errors stay near the root mean square of the state.
            Assert.True(Math.Abs(actual[i] - expected[i]) <= 1e-5 * layers * (scale + Math.Abs(expected[i])), $"entry {i}: {actual[i]:R}, expected {expected[i]:R}");
        }
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    [InlineData(10, 2)]
    [InlineData(11, 3)]
    [InlineData(13, 2)]
    public void BrickWallGradients_AnyShape_AgreeWithFiniteDifferences(int sites, int layers)
    {
        BrickWallShape shape = new(sites, layers, 0.1f);
        float[] gates = Gates(shape);
        float[] weights = Numbers(shape.StateLength, 3);
        double[] exact = Array.ConvertAll(gates, static gate => (double)gate);

        double[] actual = Gradients(shape, gates, weights);

        double scale = actual.Max(Math.Abs);
        for (int g = 0; g < gates.Length; g += Math.Max(1, gates.Length / 60))
        {
            // Between two kinks the function is linear in one entry, so the difference is exact but for rounding in double.
            double expected = (Objective(g, 1e-6) - Objective(g, -1e-6)) / 2e-6;
            Assert.True(Math.Abs(actual[g] - expected) <= 1e-4 * ((0.01 * scale) + Math.Abs(expected)), $"gate number {g}: gradient {actual[g]:R}, difference {expected:R}, largest {scale:R}");
        }

        double Objective(int position, double step)
        {
            double[] moved = [.. exact];
            moved[position] += step;
            double sum = 0;
            double[] tensor = BrickWallKernels.Reference(shape, moved);
            for (int i = 0; i < tensor.Length; i++)
            {
                sum += tensor[i] * weights[i];
            }

            return sum;
        }
    }

    [Theory]
    [InlineData(13, 2)]
    [InlineData(19, 2)]
    public void BrickWallGradients_SumOfGateTimesGradient_IsTheObjectiveForEveryGate(int sites, int layers)
    {
        BrickWallShape shape = new(sites, layers, 0.1f);
        float[] gates = Gates(shape);
        float[] weights = Numbers(shape.StateLength, 4);
        using DeviceBuffer<float> states = _device.Allocate<float>(shape.StatesLength);
        _device.BrickWall(shape, gates, states);
        float[] tensor = new float[shape.StateLength];
        states.CopyTo(tensor, (layers - 1) * shape.StateLength);
        double objective = 0;
        for (int i = 0; i < tensor.Length; i++)
        {
            objective += (double)tensor[i] * weights[i];
        }

        double[] gradients = Gradients(shape, gates, weights);

        for (int gate = 0; gate < gates.Length / BrickWallShape.GateLength; gate++)
        {
            double sum = 0;
            for (int entry = gate * BrickWallShape.GateLength; entry < (gate + 1) * BrickWallShape.GateLength; entry++)
            {
                sum += gates[entry] * gradients[entry];
            }

            // Euler's theorem: the map is homogeneous of degree 1 in every gate.
            double size = Math.Sqrt(tensor.Sum(x => (double)x * x) * weights.Sum(x => (double)x * x));
            Assert.True(Math.Abs(sum - objective) <= 1e-5 * size, $"gate {gate}: {sum:R}, objective {objective:R}");
        }
    }

    private static float[] Gates(BrickWallShape shape)
    {
        float[] gates = Numbers(shape.GatesLength, shape.Sites);
        for (int i = 0; i < gates.Length; i++)
        {
            gates[i] = (0.5f * gates[i]) + (i % BrickWallShape.GateLength % 5 == 0 ? 0.5f : 0);
        }

        return gates;
    }

    private static float[] Numbers(long count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, checked((int)count)).Select(_ => (2 * random.NextSingle()) - 1)];
    }

    private double[] Gradients(BrickWallShape shape, float[] gates, float[] weights)
    {
        using DeviceBuffer<float> states = _device.Allocate<float>(shape.StatesLength);
        using DeviceBuffer<float> workspace = _device.Allocate<float>(shape.WorkspaceLength);
        using DeviceBuffer<float> gradient = _device.Allocate<float>(shape.StateLength);
        gradient.CopyFrom(weights);
        double[] gateGradients = new double[gates.Length];
        _device.BrickWall(shape, gates, states);
        _device.BrickWallGradients(shape, gates, states, workspace, gradient, gateGradients);
        return gateGradients;
    }
}
