namespace Dlrm.Numerics.Tests.Parity;

/// <summary>What any device's softmax cross-entropy must compute; a device's tests derive from this class.</summary>
public abstract class SoftmaxParityTests : IDisposable
{
    private const float Scale = 0.25f;

    private readonly IDevice _device;

    /// <summary>Initializes a new instance of the <see cref="SoftmaxParityTests"/> class.</summary>
    protected SoftmaxParityTests(IDevice device) => _device = device;

    public void Dispose()
    {
        _device.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 10)]
    [InlineData(103, 10)]
    [InlineData(515, 10)]
    [InlineData(70, 257)]
    public void SoftmaxCrossEntropy_AnySize_IsWithinTheErrorBound(int samples, int classes)
    {
        float[,] logits = Numbers.Random(samples, classes, classes);
        for (int b = 0; b < samples; b++)
        {
            for (int c = 0; c < classes; c++)
            {
                logits[b, c] *= 12;
            }
        }

        int[] labels = [.. Enumerable.Range(0, samples).Select(b => b * 7 % classes)];
        Check(logits, labels);
    }

    [Fact]
    public void SoftmaxCrossEntropy_ExtremeLogits_AreStable()
    {
        float[,] logits =
        {
            { 0, 0, 0 }, { 700, -700, 0 }, { -700, 700, 0 }, { 3e38f, -3e38f, 0 }, { -1e4f, -1e4f, -1e4f }, { 1e-8f, -1e-8f, 0 }, { 88.8f, 88.7f, -104f },
        };
        for (int label = 0; label < 3; label++)
        {
            Check(logits, [.. Enumerable.Repeat(label, logits.GetLength(0))]);
        }
    }

    [Fact]
    public void SoftmaxCrossEntropy_ConfidentAndRight_KeepsItsTinyLossAndGradient()
    {
        using GuardedMatrix z = new(_device, new float[,] { { 45, 0 } });
        using DeviceBuffer<int> y = Labels([0]);

        double loss = _device.SoftmaxCrossEntropy(z.View, y, z.View, 1);

        Assert.InRange(loss / Math.Exp(-45), 1 - 1e-12, 1 + 1e-12);
        Assert.InRange(z.Read()[0, 0] / -Math.Exp(-45), 1 - Numbers.Gamma(2), 1 + Numbers.Gamma(2));
    }

    [Fact]
    public void SoftmaxCrossEntropy_GradientInPlaceOfTheLogits_IsTheSame()
    {
        float[,] logits = Numbers.Random(33, 10, 4);
        using GuardedMatrix z = new(_device, logits);
        using GuardedMatrix g = new(_device, new float[33, 10]);
        using DeviceBuffer<int> y = Labels([.. Enumerable.Range(0, 33).Select(b => b % 10)]);

        double apart = _device.SoftmaxCrossEntropy(z.View, y, g.View, Scale);
        Assert.Equal(logits, z.Read());
        double inPlace = _device.SoftmaxCrossEntropy(z.View, y, z.View, Scale);

        Assert.Equal(apart, inPlace);
        Assert.Equal(g.Read(), z.Read());
    }

    [Fact]
    public void SoftmaxCrossEntropy_AgainstCentralDifferences_Agrees()
    {
        float[,] logits = Numbers.Random(4, 6, 11);
        int[] labels = [0, 5, 2, 2];
        using GuardedMatrix z = new(_device, logits);
        using GuardedMatrix g = new(_device, new float[4, 6]);
        using DeviceBuffer<int> y = Labels(labels);
        _device.SoftmaxCrossEntropy(z.View, y, g.View, 1);
        float[,] gradient = g.Read();
        for (int b = 0; b < 4; b++)
        {
            for (int c = 0; c < 6; c++)
            {
                // A power of two small enough for the third derivative (at most 1/4), large enough for the rounding of the moved logit: both moved values are measured.
                float[,] up = (float[,])logits.Clone();
                float[,] down = (float[,])logits.Clone();
                up[b, c] += 1f / 128;
                down[b, c] -= 1f / 128;
                double difference = (Loss(up, y) - Loss(down, y)) / ((double)up[b, c] - down[b, c]);
                Assert.InRange(gradient[b, c], difference - 4e-6, difference + 4e-6);
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void SoftmaxCrossEntropy_LogitThatIsNoNumber_IsSeenInTheLoss(float bad)
    {
        for (int place = 0; place < 3; place++)
        {
            float[,] logits = Numbers.Random(5, 3, 2);
            logits[2, place] = bad;
            using GuardedMatrix z = new(_device, logits);
            using DeviceBuffer<int> y = Labels([0, 1, 2, 0, 1]);
            Assert.True(double.IsNaN(_device.SoftmaxCrossEntropy(z.View, y, z.View, 1)));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(int.MinValue)]
    public void SoftmaxCrossEntropy_LabelOutsideTheClasses_NamesSampleLabelAndClasses(int label)
    {
        float[,] logits = Numbers.Random(5, 3, 2);
        using GuardedMatrix z = new(_device, logits);
        using DeviceBuffer<int> y = Labels([0, 1, 2, label, 1]);

        string loss = Assert.Throws<ArgumentOutOfRangeException>(() => _device.SoftmaxCrossEntropy(z.View, y, z.View, 1)).Message;
        string count = Assert.Throws<ArgumentOutOfRangeException>(() => _device.CountCorrect(z.View, y)).Message;

        Assert.StartsWith($"The label of sample 3 is {label}, but there are 3 classes", loss, StringComparison.Ordinal);
        Assert.Equal(loss, count);
        Assert.Equal(logits, z.Read());
    }

    [Fact]
    public void CountCorrect_AnyLogits_CountsTheFirstArgmax()
    {
        Random random = new(3);
        const int Samples = 20_011;
        float[,] logits = new float[Samples, 10];
        int[] labels = new int[Samples];
        int expected = 0;
        for (int b = 0; b < Samples; b++)
        {
            // Few values, so that ties are common.
            float[] row = [.. Enumerable.Range(0, 10).Select(_ => (float)random.Next(-4, 5))];
            labels[b] = random.Next(10);
            row[random.Next(10)] = b % 50 == 0 ? float.NaN : 0;
            expected += row.All(float.IsFinite) && Array.IndexOf(row, row.Max()) == labels[b] ? 1 : 0;
            for (int c = 0; c < 10; c++)
            {
                logits[b, c] = row[c];
            }
        }

        using GuardedMatrix z = new(_device, logits);
        using DeviceBuffer<int> y = Labels(labels);

        Assert.InRange(expected, 1000, 4000);
        Assert.Equal(expected, _device.CountCorrect(z.View, y));
        Assert.Equal(0, _device.CountCorrect(z.View.RowBlock(0, 0), y));
    }

    /// <summary>The definition.</summary>
    private static (double Loss, double[] Gradient) Reference(double[] z, int label)
    {
        double largest = z.Max();
        double[] e = [.. z.Select(value => Math.Exp(value - largest))];
        double[] gradient = [.. e.Select((value, c) => Scale * ((value / e.Sum()) - (c == label ? 1 : 0)))];
        return (Math.Log(e.Sum()) + largest - z[label], gradient);
    }

    private DeviceBuffer<int> Labels(int[] labels)
    {
        DeviceBuffer<int> buffer = _device.Allocate<int>(labels.Length);
        buffer.CopyFrom(labels);
        return buffer;
    }

    private double Loss(float[,] logits, DeviceBuffer<int> labels)
    {
        using GuardedMatrix z = new(_device, logits);
        return _device.SoftmaxCrossEntropy(z.View, labels, z.View, 1);
    }

    private void Check(float[,] logits, int[] labels)
    {
        (int samples, int classes) = (logits.GetLength(0), logits.GetLength(1));
        using GuardedMatrix z = new(_device, logits);
        using GuardedMatrix g = new(_device, new float[samples, classes]);
        using DeviceBuffer<int> y = Labels(labels);
        double loss = _device.SoftmaxCrossEntropy(z.View, y, g.View, Scale);
        float[,] gradient = g.Read();
        double expectedLoss = 0;
        for (int b = 0; b < samples; b++)
        {
            (double own, double[] expected) = Reference([.. Enumerable.Range(0, classes).Select(c => (double)logits[b, c])], labels[b]);
            expectedLoss += own;
            for (int c = 0; c < classes; c++)
            {
                // Two roundings to float; 1e-15 for the reference's own p − 1.
                Assert.InRange(gradient[b, c], expected[c] - (Math.Abs(expected[c]) * Numbers.Gamma(3)) - 1e-15, expected[c] + (Math.Abs(expected[c]) * Numbers.Gamma(3)) + 1e-15);
            }
        }

        Assert.InRange(loss, (expectedLoss * (1 - 1e-12)) - (1e-15 * samples), (expectedLoss * (1 + 1e-12)) + (1e-15 * samples));
    }
}
