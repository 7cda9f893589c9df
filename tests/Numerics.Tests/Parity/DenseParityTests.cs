using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>What any device's dense operators must compute; a device's tests derive from this class.</summary>
public abstract class DenseParityTests : IDisposable
{
    private static readonly int[] Sizes = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64];

    private readonly IDevice _device;

    /// <summary>Initializes a new instance of the <see cref="DenseParityTests"/> class.</summary>
    protected DenseParityTests(IDevice device) => _device = device;

    public static TheoryData<int, int, int> LargeShapes => new()
    {
        // Towers: batch × in × out, forward and the two backward products; more than one depth block and piece, ragged in every direction.
        { 128, 13, 64 }, { 128, 367, 64 }, { 128, 64, 1 }, { 64, 128, 367 }, { 1, 2048, 64 }, { 300, 513, 96 }, { 257, 255, 129 }, { 130, 600, 65 }, { 16, 700, 512 },
    };

    public void Dispose()
    {
        _device.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Gemm_BoundarySizes_AreWithinTheErrorBound(bool transposeA, bool transposeB)
    {
        foreach (int m in Sizes)
        {
            foreach (int n in Sizes)
            {
                foreach (int k in (int[])[1, 2, 7, 16, 33])
                {
                    CheckGemm(m, n, k, transposeA, transposeB, (m + n + k) % 2 == 0, n % 3 == 0, m % 2 == 0);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(LargeShapes))]
    public void Gemm_LayerSizes_AreWithinTheErrorBound(int m, int k, int n)
    {
        for (int transposes = 0; transposes < 4; transposes++)
        {
            CheckGemm(m, n, k, (transposes & 1) != 0, (transposes & 2) != 0, useBias: transposes % 3 == 0, relu: transposes < 2, accumulate: transposes >= 2);
        }
    }

    [Fact]
    public void Gemm_EmptySides_ApplyTheEpilogueOnly()
    {
        CheckGemm(0, 5, 3, false, false, true, true, false);
        CheckGemm(5, 0, 3, false, true, true, true, false);
        CheckGemm(5, 19, 0, false, false, true, true, true);
        CheckGemm(5, 16, 0, true, true, false, false, false);
    }

    [Fact]
    public void Gemm_NotANumber_ReachesTheResultThroughRelu()
    {
        float[,] a = Numbers.Random(5, 9, 1);
        a[2, 4] = float.NaN;
        using GuardedMatrix left = new(_device, a);
        using GuardedMatrix right = new(_device, Numbers.Random(9, 17, 2));
        using GuardedMatrix product = new(_device, new float[5, 17]);
        _device.Gemm(left.View, false, right.View, false, product.View, activation: Activation.Relu);
        float[,] result = product.Read();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(i == 2, float.IsNaN(result[i, 16]));
        }
    }

    [Fact]
    public void ActivationGradient_AnySize_KeepsTheGradientWhereTheOutputIsPositive()
    {
        foreach (int columns in Sizes)
        {
            float[,] output = Numbers.Random(5, columns, columns);
            float[,] gradient = Numbers.Random(5, columns, columns + 100);
            output[1, 0] = 0;
            output[2, columns - 1] = -0.0f;
            using GuardedMatrix outputs = new(_device, output);
            using GuardedMatrix gradients = new(_device, gradient);
            _device.ActivationGradient(Activation.None, outputs.View, gradients.View);
            Assert.Equal(gradient, gradients.Read());
            _device.ActivationGradient(Activation.Relu, outputs.View, gradients.View);
            float[,] result = gradients.Read();
            for (int i = 0; i < 5; i++)
            {
                float[] expected = Row(gradient, i);
                ActivationKernels.ReferenceReluGradient(Row(output, i), expected);
                Assert.Equal(expected, Row(result, i));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(2500)]
    public void ColumnSums_AnySize_AreWithinTheErrorBound(int rows)
    {
        foreach (int columns in Sizes)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                float[,] source = Numbers.Random(rows, columns, rows + columns);
                float[] before = Numbers.Random(columns, 5);
                using GuardedMatrix matrix = new(_device, source);
                using DeviceBuffer<float> destination = _device.Allocate<float>(columns + 1);
                destination.CopyFrom([.. before, 77f]);
                _device.ColumnSums(matrix.View, destination, accumulate);
                float[] sums = destination.ToArray();
                Assert.Equal(77f, sums[columns]);
                double[] expected = ColumnSumKernels.Reference(Numbers.ToDouble(source), accumulate ? Numbers.ToDouble(before) : []);
                double[] magnitude = ColumnSumKernels.Reference(Numbers.ToDouble(source, absolute: true), accumulate ? Numbers.ToDouble(before, absolute: true) : []);

                // 31 float additions a chunk, then double, then one rounding.
                Numbers.AssertClose(AsRow(expected), AsRow(sums[..columns]), AsRow(magnitude), Numbers.Gamma(ColumnSumKernels.ChunkRows + 1));
            }
        }
    }

    [Fact]
    public void SigmoidCrossEntropy_LogitsOfAnySize_AreStableAndExact()
    {
        float[] special = [0, -0.0f, 1e-8f, -1e-8f, 20, -20, 90, -90, 700, -700, float.MaxValue, -float.MaxValue];
        float[] logits = [.. special, .. special, .. Numbers.Random(2500, 3).Select(x => 8 * x)];
        float[] labels = [.. logits.Select((_, i) => i < special.Length ? 0f : i < 2 * special.Length ? 1f : (i % 3) / 2f)];
        using GuardedMatrix z = new(_device, Column(logits));
        using GuardedMatrix p = new(_device, new float[logits.Length, 1]);
        using GuardedMatrix g = new(_device, new float[logits.Length, 1]);
        using DeviceBuffer<float> y = _device.Allocate<float>(labels.Length);
        y.CopyFrom(labels);
        double loss = _device.SigmoidCrossEntropy(z.View, y, p.View, g.View, 0.25f);
        double expectedLoss = 0;
        float[,] probabilities = p.Read();
        float[,] gradients = g.Read();
        for (int i = 0; i < logits.Length; i++)
        {
            double probability = 1 / (1 + Math.Exp(-(double)logits[i]));
            expectedLoss += Math.Max(logits[i], 0) - ((double)logits[i] * labels[i]) + Math.Log(1 + Math.Exp(-Math.Abs((double)logits[i])));
            Assert.InRange(probabilities[i, 0], (probability * (1 - Numbers.Gamma(2))) - 1e-45, (probability * (1 + Numbers.Gamma(2))) + 1e-45);
            double gradient = 0.25 * (probability - labels[i]);
            Assert.InRange(gradients[i, 0], gradient - (0.25 * Numbers.Gamma(2)), gradient + (0.25 * Numbers.Gamma(2)));
        }

        Assert.InRange(loss / expectedLoss, 1 - 1e-12, 1 + 1e-12);
        Assert.Equal(0, _device.SigmoidCrossEntropy(z.View.RowBlock(0, 0), y, p.View.RowBlock(0, 0), g.View.RowBlock(0, 0), 1));
        using GuardedMatrix q = new(_device, new float[logits.Length, 1]);
        _device.Sigmoid(z.View, q.View);
        Assert.Equal(probabilities, q.Read());
    }

    [Fact]
    public void SigmoidCrossEntropy_ConfidentAndRight_KeepsItsTinyLoss()
    {
        using GuardedMatrix z = new(_device, Column([45f]));
        using GuardedMatrix p = new(_device, new float[1, 1]);
        using DeviceBuffer<float> y = _device.Allocate<float>(1);
        y.CopyFrom([1f]);
        double loss = _device.SigmoidCrossEntropy(z.View, y, p.View, p.View, 1);
        Assert.InRange(loss / Math.Exp(-45), 1 - 1e-12, 1 + 1e-12);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 16)]
    [InlineData(2, 3)]
    [InlineData(3, 16)]
    [InlineData(8, 7)]
    [InlineData(9, 8)]
    [InlineData(16, 17)]
    [InlineData(17, 33)]
    [InlineData(27, 16)]
    [InlineData(27, 64)]
    [InlineData(33, 20)]
    [InlineData(40, 36)]
    public void DotInteraction_AnySize_IsWithinTheErrorBound(int count, int dim)
    {
        int width = dim + (count * (count - 1) / 2);
        float[,] features = Numbers.Random(70, count * dim, count);
        float[,] outputGradient = Numbers.Random(70, width, dim);
        using GuardedMatrix x = new(_device, features);
        using GuardedMatrix y = new(_device, new float[70, width]);
        using GuardedMatrix yGradient = new(_device, outputGradient);
        using GuardedMatrix xGradient = new(_device, new float[70, count * dim]);
        _device.DotInteraction(x.View, count, dim, y.View);
        _device.DotInteractionGradient(x.View, count, dim, yGradient.View, xGradient.View);
        (float[,] output, float[,] gradient) = (y.Read(), xGradient.Read());
        foreach (int sample in (int[])[0, 63, 64, 69])
        {
            double[,] vectors = Reshape(Row(features, sample), count, dim);
            double[,] absolute = Reshape([.. Row(features, sample).Select(Math.Abs)], count, dim);
            Numbers.AssertClose(
                AsRow(DotInteractionKernels.Reference(vectors)), AsRow(Row(output, sample)), AsRow(DotInteractionKernels.Reference(absolute)), Numbers.Gamma(dim));
            double[] weights = Numbers.ToDouble(Row(outputGradient, sample));
            double[,] expected = DotInteractionKernels.ReferenceGradient(vectors, weights);
            double[,] magnitude = DotInteractionKernels.ReferenceGradient(absolute, [.. weights.Select(Math.Abs)]);
            Numbers.AssertClose(Flat(expected), AsRow(Row(gradient, sample)), Flat(magnitude), Numbers.Gamma(count + 1));
        }
    }

    [Fact]
    public void DotInteractionGradient_AgainstCentralDifferences_Agrees()
    {
        const int Count = 5;
        const int Dim = 3;
        double[,] x = Numbers.ToDouble(Numbers.Random(Count, Dim, 9));
        double[] weights = Numbers.ToDouble(Numbers.Random(Dim + 10, 8));
        double[,] gradient = DotInteractionKernels.ReferenceGradient(x, weights);
        for (int i = 0; i < Count; i++)
        {
            for (int p = 0; p < Dim; p++)
            {
                double At(double value)
                {
                    double[,] moved = (double[,])x.Clone();
                    moved[i, p] = value;
                    return DotInteractionKernels.Reference(moved).Zip(weights, (a, b) => a * b).Sum();
                }

                // The function is quadratic in one coordinate: central differences are exact but for rounding.
                double difference = (At(x[i, p] + 0.5) - At(x[i, p] - 0.5));
                Assert.InRange(gradient[i, p], difference - 1e-12, difference + 1e-12);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(300_003)]
    public void WholeBufferOperators_AnyLength_DoWhatTheySay(int length)
    {
        float[] a = Numbers.Random(length, 1);
        float[] b = Numbers.Random(length, 2);
        using DeviceBuffer<float> x = _device.Allocate<float>(length);
        using DeviceBuffer<float> y = _device.Allocate<float>(length);
        x.CopyFrom(a);
        y.CopyFrom(b);
        double squares = SumOfSquaresKernels.Reference(a);
        Assert.InRange(_device.SumOfSquares(x), squares * (1 - 1e-12), squares * (1 + 1e-12));
        Assert.InRange(_device.SumOfSquares(x, length / 2), 0, SumOfSquaresKernels.Reference(a.AsSpan(0, length / 2)) * (1 + 1e-12));
        _device.AddScaled(x, -0.3f, y);
        float[] sums = y.ToArray();
        for (int i = 0; i < length; i++)
        {
            double expected = b[i] + ((double)-0.3f * a[i]);
            double bound = Numbers.Gamma(2) * (Math.Abs(b[i]) + Math.Abs(0.3 * a[i]));
            Assert.InRange(sums[i], expected - bound, expected + bound);
        }

        _device.Fill(y, 3.5f);
        Assert.All(y.ToArray(), value => Assert.Equal(3.5f, value));
    }

    [Fact]
    public void SumOfSquares_NotANumber_IsSeen()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>(270_000);
        x.CopyFrom([float.NaN], 269_999);
        Assert.True(double.IsNaN(_device.SumOfSquares(x)));
        x.CopyFrom([float.PositiveInfinity], 269_999);
        Assert.True(double.IsPositiveInfinity(_device.SumOfSquares(x)));
    }

    [Fact]
    public void FillNormal_AnyBuffer_HoldsTheNumbersOfTheStream()
    {
        RandomStream stream = new(5, 6);
        using DeviceBuffer<float> x = _device.Allocate<float>(40_001);
        _device.FillNormal(x, stream, 0.5f);
        float[] numbers = x.ToArray();
        for (int i = 0; i < numbers.Length; i++)
        {
            double expected = 0.5 * PhiloxKernels.ReferenceNormal(stream, i);
            Assert.InRange(numbers[i], expected - 3.2e-6, expected + 3.2e-6);
        }
    }

    [Fact]
    public void FillUniform_AnyBuffer_LiesInTheHalfOpenInterval()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>(1_000_003);
        _device.FillUniform(x, new RandomStream(7, 1), 0.3f);
        float[] numbers = x.ToArray();
        Assert.InRange(numbers.Min(), -0.3f, -0.29999f);
        Assert.InRange(numbers.Max(), 0.29999f, MathF.BitDecrement(0.3f));
        Assert.InRange(numbers.Average(x => (double)x), -5 * 0.3 / Math.Sqrt(3 * numbers.Length), 5 * 0.3 / Math.Sqrt(3 * numbers.Length));
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(16, 1, 3)]
    [InlineData(33, 5, 2)]
    [InlineData(128, 0, 4)]
    public void FillUniformRows_EveryNthRow_HasTheBitsOfTheWholeMatrix(int columns, int firstRow, int rowStep)
    {
        const int Rows = 1003;
        RandomStream stream = new(7, 2);
        int count = ((Rows - firstRow - 1) / rowStep) + 1;
        using DeviceBuffer<float> whole = _device.Allocate<float>(Rows * columns);
        using DeviceBuffer<float> part = _device.Allocate<float>((count + 1) * columns);
        _device.FillUniform(whole, stream, 0.3f);

        _device.FillUniformRows(new Matrix(part, count, columns), stream, 0.3f, firstRow, rowStep);

        float[] numbers = whole.ToArray();
        float[] expected = [.. Enumerable.Range(0, count).SelectMany(row => numbers.Skip((firstRow + (row * rowStep)) * columns).Take(columns)), .. new float[columns]];
        Assert.Equal(expected, part.ToArray());
    }

    private static float[] Row(float[,] values, int row) => [.. Enumerable.Range(0, values.GetLength(1)).Select(j => values[row, j])];

    private static float[,] Column(float[] values)
    {
        float[,] column = new float[values.Length, 1];
        Buffer.BlockCopy(values, 0, column, 0, values.Length * sizeof(float));
        return column;
    }

    private static T[,] AsRow<T>(T[] values)
    {
        T[,] row = new T[1, values.Length];
        for (int j = 0; j < values.Length; j++)
        {
            row[0, j] = values[j];
        }

        return row;
    }

    private static double[,] Flat(double[,] values) => AsRow(values.Cast<double>().ToArray());

    private static double[,] Reshape(float[] values, int rows, int columns)
    {
        double[,] result = new double[rows, columns];
        for (int i = 0; i < values.Length; i++)
        {
            result[i / columns, i % columns] = values[i];
        }

        return result;
    }

    private void CheckGemm(int m, int n, int k, bool transposeA, bool transposeB, bool useBias, bool relu, bool accumulate)
    {
        float[,] a = transposeA ? Numbers.Random(k, m, m) : Numbers.Random(m, k, m);
        float[,] b = transposeB ? Numbers.Random(n, k, n) : Numbers.Random(k, n, n);
        float[,] c = Numbers.Random(m, n, k);
        float[] bias = Numbers.Random(n, 4);
        using GuardedMatrix left = new(_device, a);
        using GuardedMatrix right = new(_device, b, gap: k % 2);
        using GuardedMatrix product = new(_device, c);
        using DeviceBuffer<float> added = _device.Allocate<float>(n);
        added.CopyFrom(bias);
        _device.Gemm(left.View, transposeA, right.View, transposeB, product.View, useBias ? added : null, relu ? Activation.Relu : Activation.None, accumulate);
        double[,] expected = GemmKernels.Reference(
            Numbers.ToDouble(a, transposeA), Numbers.ToDouble(b, transposeB), Numbers.ToDouble(c), useBias ? Numbers.ToDouble(bias) : [], relu, accumulate);
        double[,] magnitude = GemmKernels.Reference(
            Numbers.ToDouble(a, transposeA, absolute: true), Numbers.ToDouble(b, transposeB, absolute: true), Numbers.ToDouble(c, absolute: true), useBias ? Numbers.ToDouble(bias, absolute: true) : [], relu: false, accumulate);

        // A sum of k products, however it is blocked, plus bias and C.
        Numbers.AssertClose(expected, product.Read(), magnitude, Numbers.Gamma(k + 2));
    }
}
