using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Formats;

/// <summary>What every low-rank format must do: the cases, and evaluation against the definition.</summary>
public sealed partial class FormatConformityTests : IDisposable
{
    private const int Seed = 20210405;
    private static readonly RandomStream Stream = new(Seed, 0);
    private readonly CpuDevice _device = new(1);

    /// <summary>Gets a format, its row and column modes and ranks, and the rows that are padding: orders 2 to 4, modes of size 1, rank 1.</summary>
    public static TheoryData<TensorFormat, int[], int[], int[], int> Cases => new()
    {
        { TensorFormat.Ttm, [7, 9], [2, 3], [5], 0 },
        { TensorFormat.Ttm, [5, 4, 6], [2, 2, 4], [4, 6], 13 },
        { TensorFormat.Ttm, [3, 4, 2, 5], [2, 1, 2, 3], [3, 4, 2], 7 },
        { TensorFormat.Ttm, [6, 1, 5], [1, 4, 1], [6, 5], 0 },
        { TensorFormat.Ttm, [4, 5], [2, 2], [1], 1 },
        { TensorFormat.Tt, [9], [7], [5], 2 },
        { TensorFormat.Tt, [6, 7], [8], [4, 5], 5 },
        { TensorFormat.Tt, [5, 4, 3], [2, 6], [3, 6, 5, 4], 0 },
        { TensorFormat.Tt, [6, 1], [1, 5], [4, 4, 4], 1 },
        { TensorFormat.Tt, [6, 5], [4], [1, 1], 0 },
        { TensorFormat.Cp, [9], [7], [4], 2 },
        { TensorFormat.Cp, [6, 7], [8], [5], 5 },
        { TensorFormat.Cp, [5, 4, 3], [2, 6], [7], 0 },
        { TensorFormat.Cp, [6, 1], [1, 5], [3], 1 },
        { TensorFormat.Cp, [6, 5], [4], [1], 0 },
        { TensorFormat.Tucker, [9], [7], [4, 4], 2 },
        { TensorFormat.Tucker, [6, 7], [8], [3, 5, 4], 5 },
        { TensorFormat.Tucker, [5, 4, 3], [6], [3, 2, 3, 4], 0 },
        { TensorFormat.Tucker, [6, 1], [5], [3, 1, 3], 1 },
        { TensorFormat.Tucker, [6, 5], [4], [1, 1, 1], 0 },
        { TensorFormat.Ring, [9], [7], [3, 2], 2 },
        { TensorFormat.Ring, [6, 7], [8], [3, 4, 2], 5 },
        { TensorFormat.Ring, [5, 4, 3], [6], [2, 3, 2, 3], 0 },
        { TensorFormat.Ring, [6, 1], [5], [3, 3, 2], 1 },
        { TensorFormat.Ring, [6, 5], [4], [1, 1, 1], 0 },
    };

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Cases_EveryFormat_IsThere() =>
        Assert.Equal(LowRankFormats.All, Cases.Select(row => (TensorFormat)row[0]).Distinct().Order());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_EveryRow_EqualsTheDefinition(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using TensorEmbeddingBag bag = Bag(format, rowModes, columnModes, ranks, padding);
        double[] expected = TensorDefinition.Expand(bag.Tensor);

        double[] actual = Rows(bag, [.. Enumerable.Range(0, (int)bag.Rows).Select(row => (long)row)]);

        Assert.Equal(rowModes.Aggregate(1, (product, mode) => product * mode) - padding, bag.Rows);
        Assert.Equal(ranks, bag.Tensor.Format.Ranks);
        Assert.InRange(TensorDefinition.RelativeError(actual, expected), 0, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_SomeRows_EqualsThoseOfTheWholeTensor(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using TensorEmbeddingBag bag = Bag(format, rowModes, columnModes, ranks, padding);
        double[] whole = Rows(bag, [.. Enumerable.Range(0, (int)bag.Rows).Select(row => (long)row)]);
        long[] ids = [bag.Rows - 1, 0, bag.Rows / 2, 0, bag.Rows / 3, 1];

        double[] actual = Rows(bag, ids);

        double[] expected = [.. ids.SelectMany(id => whole.Skip((int)id * bag.EmbeddingDim).Take(bag.EmbeddingDim))];
        Assert.InRange(TensorDefinition.RelativeError(actual, expected), 0, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_PaddingRow_IsRefused(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using TensorEmbeddingBag bag = Bag(format, rowModes, columnModes, ranks, padding);

        Assert.Throws<ArgumentOutOfRangeException>(() => Rows(bag, [0, bag.Rows]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_RandomGradient_EqualsFiniteDifferencesOfTheDefinition(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        const float Step = 1 / 128f;
        using TensorEmbeddingBag bag = Bag(format, rowModes, columnModes, ranks, padding);
        long[] ids = [bag.Rows - 1, 0, bag.Rows / 2, 0, 1];
        int columns = bag.EmbeddingDim;
        float[] outputGradient = [.. Enumerable.Range(0, ids.Length * columns).Select(i => MathF.Sin(i + 1))];
        bag.Tensor.ClearGradient();
        _ = Rows(bag, ids);
        using DeviceBuffer<float> buffer = _device.Allocate<float>(outputGradient.Length);
        buffer.CopyFrom(outputGradient);

        bag.Backward(new Matrix(buffer, ids.Length, columns));

        float[][] actual = [.. bag.Tensor.FactorGradients().ToArray().Select(gradient => gradient.ToArray())];
        float[][] factors = [.. bag.Tensor.Means().Select(mean => mean.ToArray())];
        double largest = actual.Max(gradient => gradient.Max(Math.Abs));
        for (int k = 0; k < factors.Length; k++)
        {
            // Every entry of a small factor, some of a larger one.
            for (int i = 0; i < factors[k].Length; i += 1 + (factors[k].Length / 24))
            {
                float kept = factors[k][i];
                factors[k][i] = kept + Step;
                double above = Objective();
                double width = factors[k][i];
                factors[k][i] = kept - Step;
                width -= factors[k][i];
                double expected = (above - Objective()) / width;
                factors[k][i] = kept;
                Assert.True(Math.Abs(actual[k][i] - expected) <= 1e-4 * largest, $"{format}, factor {k}, entry {i}: {actual[k][i]:R}, by differences {expected:R}.");
            }
        }

        double Objective()
        {
            return Enumerable.Range(0, outputGradient.Length).Sum(i => outputGradient[i] * TensorDefinition.Entry(bag.Tensor.Format, factors, ids[i / columns], i % columns));
        }
    }

    private static LowRankFormat Format(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding = 0)
    {
        long rows = rowModes.Aggregate(1L, (product, mode) => product * mode) - padding;
        LowRankOptions options = new() { Format = format, RowModes = rowModes, ColumnModes = columnModes, StartRanks = ranks };
        return LowRankFormats.Create(options, rows, columnModes.Aggregate((product, mode) => product * mode));
    }

    private BayesianTensor Tensor(LowRankFormat format, RankPriorKind kind = RankPriorKind.LogUniform, double initialDeviation = 0.01, ulong seed = 0) => new(
        _device, "t", format, new OptimizerOptions { Kind = OptimizerKind.Adam }, new RankPriorOptions { Prior = kind, InitialDeviation = initialDeviation }, Stream.Derive(seed), entryDeviation: 1);

    private TensorEmbeddingBag Bag(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding) =>
        new(_device, Tensor(Format(format, rowModes, columnModes, ranks, padding)), PoolingType.Sum);

    private double[] Rows(TensorEmbeddingBag bag, long[] ids)
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(ids.Length * bag.EmbeddingDim);
        bag.Forward(JaggedIndices.OneHot(ids), new Matrix(buffer, ids.Length, bag.EmbeddingDim));
        return [.. buffer.ToArray().Select(value => (double)value)];
    }
}
