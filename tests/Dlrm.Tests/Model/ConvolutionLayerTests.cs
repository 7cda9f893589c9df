using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Model;

/// <summary>Convolutions against their definition in double precision and its central differences.</summary>
public sealed class ConvolutionLayerTests : IDisposable
{
    private const int Samples = 3;
    private static readonly OptimizerOptions Sgd = new() { Kind = OptimizerKind.Sgd };
    private readonly CpuDevice _device = new(2);

    /// <summary>Gets height, width, channels, filters, their size, padding and the window.</summary>
    public static TheoryData<int, int, int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1, 1, 0, 1 },
        { 4, 6, 2, 3, 3, 1, 2 },
        { 6, 5, 1, 2, 3, 0, 1 },
        { 5, 5, 3, 4, 5, 2, 5 },
    };

    public void Dispose() => _device.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ForwardAndBackward_AnyShape_AreTheDefinitionAndItsDifferences(int height, int width, int channels, int filters, int kernel, int padding, int pool)
    {
        ImageShape shape = new(height, width, channels);
        ConvolutionOptions options = new() { Channels = filters, Kernel = kernel, Padding = padding, Pool = pool };
        LinearLayer linear = new(_device, "conv.0", ConvolutionLayer.PatchLength(shape, options), filters, Activation.Relu, Sgd, new RandomStream(4, 1));
        using ConvolutionLayer layer = new(_device, shape, options, linear);
        double[] input = Normal(1, Samples * shape.Length);
        double[] outputGradient = Normal(2, Samples * layer.Outputs);
        double[] weight = [.. linear.Weight.Value.ToArray().Select(static x => (double)x)];
        double[] bias = [.. linear.Bias.Value.ToArray().Select(static x => (double)x)];
        Matrix x = Make(input, layer.Inputs);
        Matrix z = Make(new double[outputGradient.Length], layer.Outputs);
        Matrix dz = Make(outputGradient, layer.Outputs);
        Matrix dx = Make(input, layer.Inputs);

        layer.Forward(x, z);
        layer.Backward(x, z, dz, dx);

        AssertClose(Reference(shape, options, input, weight, bias), z.Buffer.ToArray(), 1e-5);
        double Loss() => Reference(shape, options, input, weight, bias).Zip(outputGradient, static (a, b) => a * b).Sum();
        AssertClose(Differences(input, Loss), dx.Buffer.ToArray(), 1e-4);
        AssertClose(Differences(weight, Loss), linear.Weight.Gradient.ToArray(), 1e-4);
        AssertClose(Differences(bias, Loss), linear.Bias.Gradient.ToArray(), 1e-4);
    }

    /// <summary>The definition.</summary>
    private static double[] Reference(ImageShape shape, ConvolutionOptions options, double[] input, double[] weight, double[] bias)
    {
        ImageShape map = shape.Convolved(options.Kernel, options.Padding, options.Channels);
        ImageShape pooled = map.Pooled(options.Pool);
        double[] output = [.. Enumerable.Repeat(double.NegativeInfinity, Samples * pooled.Length)];
        for (int b = 0; b < Samples; b++)
        {
            for (int at = 0; at < map.Length; at++)
            {
                (int y, int x, int o) = (at / map.Channels / map.Width, at / map.Channels % map.Width, at % map.Channels);
                double sum = bias[o];
                for (int i = 0; i < options.Kernel; i++)
                {
                    for (int j = 0; j < options.Kernel; j++)
                    {
                        (int row, int column) = (y + i - options.Padding, x + j - options.Padding);
                        for (int c = 0; c < shape.Channels && row >= 0 && row < shape.Height && column >= 0 && column < shape.Width; c++)
                        {
                            sum += weight[(((((o * options.Kernel) + i) * options.Kernel) + j) * shape.Channels) + c] * input[(((((b * shape.Height) + row) * shape.Width) + column) * shape.Channels) + c];
                        }
                    }
                }

                ref double largest = ref output[(((((b * pooled.Height) + (y / options.Pool)) * pooled.Width) + (x / options.Pool)) * pooled.Channels) + o];
                largest = Math.Max(largest, Math.Max(sum, 0));
            }
        }

        return output;
    }

    private static double[] Differences(double[] numbers, Func<double> loss)
    {
        const double Step = 1e-6;
        double[] differences = new double[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            double value = numbers[i];
            numbers[i] = value + Step;
            double up = loss();
            numbers[i] = value - Step;
            differences[i] = (up - loss()) / (2 * Step);
            numbers[i] = value;
        }

        return differences;
    }

    private static void AssertClose(double[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])), $"number {i}: {actual[i]:R}, expected {expected[i]:R}");
        }
    }

    /// <summary>Normal numbers that are floats, so that the layer and the definition see the same.</summary>
    private static double[] Normal(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (double)(float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }

    private Matrix Make(double[] numbers, int columns)
    {
        DeviceBuffer<float> buffer = _device.Allocate<float>(numbers.Length);
        buffer.CopyFrom([.. numbers.Select(static x => (float)x)]);
        return new Matrix(buffer, numbers.Length / columns, columns);
    }
}
