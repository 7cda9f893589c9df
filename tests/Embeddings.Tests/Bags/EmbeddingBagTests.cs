using Dlrm.Embeddings.Tests.Formats;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bags;

/// <summary>Every kind of bag against its definition on the expanded table, forward and backward.</summary>
public sealed class EmbeddingBagTests : IDisposable
{
    private const int Rows = 60;
    private const int Dim = 8;
    private static readonly RandomStream Stream = new(20210405, 3);
    private readonly CpuDevice _device = new(2);

    public static TheoryData<string, TableOptions> Kinds => new()
    {
        { "dense", new TableOptions { Kind = TableKind.Dense } },
        { "ttm", Small(TableKind.LowRank) },
        { "ttm order 2", Small(TableKind.LowRank) with { Order = 2 } },
        { "ttm order 4", Small(TableKind.LowRank) with { Order = 4 } },
        { "ttm mode 1", Small(TableKind.LowRank) with { RowModes = [60, 1], ColumnModes = [1, 8] } },
        { "ttm and exact rows", Small(TableKind.LowRank) with { ExactRows = 7 } },
        { "hash", Small(TableKind.Hash) with { StoredRows = 11 } },
        { "frequent", Small(TableKind.FrequentRows) with { StoredRows = 11 } },
        { "quotient-remainder", Small(TableKind.QuotientRemainder) with { StoredRows = 7 } },
        { "kept rows", new TableOptions { Kind = TableKind.Dense, KeptRows = 13 } },
        { "kept rows, ttm and exact rows", Small(TableKind.LowRank) with { ExactRows = 7, KeptRows = 31 } },
        { "zero", Small(TableKind.Zero) },
    };

    public void Dispose() => _device.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_JaggedWeightedBags_PoolsTheRows(string name, TableOptions options)
    {
        foreach (PoolingType pooling in Enum.GetValues<PoolingType>())
        {
            using IEmbeddingBag bag = Create(name, options with { Pooling = pooling });
            double[] table = Expand(bag);
            JaggedIndices bags = Bags();

            float[] output = Forward(bag, bags);

            double[] expected = Pool(table, bags, pooling);
            for (int i = 0; i < output.Length; i++)
            {
                Assert.True(Math.Abs(output[i] - expected[i]) <= 2e-6, $"{name}, {pooling}: element {i} is {output[i]:R}, the definition gives {expected[i]:R}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Backward_JaggedWeightedBags_AgreesWithFiniteDifferences(string name, TableOptions options)
    {
        foreach (PoolingType pooling in Enum.GetValues<PoolingType>())
        {
            using IEmbeddingBag bag = Create(name, options with { Pooling = pooling });
            JaggedIndices bags = Bags();
            float[] weights = Weights(bags.Bags * Dim);
            using DeviceBuffer<float> gradient = _device.Allocate<float>(weights.Length);
            gradient.CopyFrom(weights);
            MemoryState before = Save(bag);
            foreach (Parameter parameter in bag.Parameters)
            {
                parameter.ClearGradient();
            }

            Forward(bag, bags);
            bag.Backward(new Matrix(gradient, bags.Bags, Dim));
            foreach (Parameter parameter in bag.Parameters)
            {
                parameter.Step(new StepContext { Step = 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = bags.Bags });
            }

            // SGD with learning rate 1 moves every value by minus its gradient.
            MemoryState after = Save(bag);
            foreach (string tensor in before.Names.Where(tensor => before.IsFloat(tensor)))
            {
                CheckGradient(name, options, pooling, before, after, tensor, bags, weights);
            }
        }
    }

    [Fact]
    public void Forward_TwoPieces_UsesEachDrawForItsBags()
    {
        using IEmbeddingBag bag = Create("t", Small(TableKind.LowRank));
        JaggedIndices bags = Bags();
        bag.Tensor!.BeginStep(Stream, pieces: 2);
        double[][] tables = [.. Enumerable.Range(0, 2).Select(p => TensorDefinition.Expand(bag.Tensor.Format, [.. bag.Tensor.Factors(p).ToArray().Select(core => core.ToArray())]))];

        float[] output = Forward(bag, bags);

        int half = bags.Bags / 2 * Dim;
        double[] expected = [.. Pool(tables[0], bags, PoolingType.Sum)[..half], .. Pool(tables[1], bags, PoolingType.Sum)[half..]];
        for (int i = 0; i < output.Length; i++)
        {
            Assert.InRange(output[i] - expected[i], -2e-6, 2e-6);
        }
    }

    [Fact]
    public void Forward_IndexOutOfRange_NamesTableBagAndIndex()
    {
        using IEmbeddingBag bag = Create("tables.C3", Small(TableKind.LowRank));

        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(() => Forward(bag, JaggedIndices.OneHot([3, 60])));

        Assert.Contains("tables.C3: bag 1 has index 60, but the table has rows 0 to 59", exception.Message, StringComparison.Ordinal);
    }

    private static TableOptions Small(TableKind kind) => new() { Kind = kind, CompressAbove = 0, StartRank = 5, InitialEntryDeviation = 0.5 };

    private static JaggedIndices Bags() => JaggedIndices.From(
        [0, 59, 3, 3, 3, 17, 42, 0, 6, 7, 8, 58, 59, 59], [0, 1, 2, 2, 7, 9, 9, 13, 14], [1, 2, -1, 0.5f, 0.25f, 1, 3, 1, 1, 2, -2, 0.5f, 1, 1]);

    private static float[] Weights(int length)
    {
        float[] weights = new float[length];
        for (int i = 0; i < length; i++)
        {
            weights[i] = MathF.Sin(i + 1);
        }

        return weights;
    }

    private static double[] Pool(double[] table, JaggedIndices bags, PoolingType pooling)
    {
        double[] output = new double[bags.Bags * Dim];
        for (int b = 0; b < bags.Bags; b++)
        {
            int length = bags.Offsets[b + 1] - bags.Offsets[b];
            for (int i = bags.Offsets[b]; i < bags.Offsets[b + 1]; i++)
            {
                double weight = bags.Weights[i] / (pooling == PoolingType.Mean ? length : 1.0);
                for (int j = 0; j < Dim; j++)
                {
                    output[(b * Dim) + j] += weight * table[(bags.Indices[i] * Dim) + j];
                }
            }
        }

        return output;
    }

    private static MemoryState Save(IEmbeddingBag bag)
    {
        MemoryState state = new();
        foreach (Parameter parameter in bag.Parameters)
        {
            parameter.Save(state, StateParts.Values);
        }

        return state;
    }

    private IEmbeddingBag Create(string name, TableOptions options)
    {
        OptimizerOptions optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1 };
        RankPriorOptions prior = new() { Inference = name == "t" ? InferenceKind.Svi : InferenceKind.FixedRanks };
        return EmbeddingBagFactory.Create(_device, name, Rows, Dim, options, optimizer, optimizer, prior, Stream);
    }

    private float[] Forward(IEmbeddingBag bag, JaggedIndices bags)
    {
        using DeviceBuffer<float> output = _device.Allocate<float>(bags.Bags * Dim);
        bag.Forward(bags, new Matrix(output, bags.Bags, Dim));
        return output.ToArray();
    }

    /// <summary>Rebuilds the table from what the bag stores, by each kind's definition.</summary>
    private static double[] Expand(IEmbeddingBag bag)
    {
        MemoryState state = Save(bag);
        double[] table = new double[Rows * Dim];
        double[]? tensor = bag.Tensor is null ? null : TensorDefinition.Expand(bag.Tensor);
        for (int id = 0; id < Rows; id++)
        {
            for (int j = 0; j < Dim; j++)
            {
                table[(id * Dim) + j] = bag switch
                {
                    DenseEmbeddingBag => state.Values(bag.Name)[(id * Dim) + j],
                    SharedRowsEmbeddingBag when bag.Description.StartsWith("hash", StringComparison.Ordinal) => state.Values(bag.Name)[(id % 11 * Dim) + j],
                    SharedRowsEmbeddingBag => state.Values(bag.Name)[(Math.Min(id, 10) * Dim) + j],
                    QuotientRemainderEmbeddingBag => (double)state.Values($"{bag.Name}.quotient")[(id / 7 * Dim) + j] * state.Values($"{bag.Name}.remainder")[(id % 7 * Dim) + j],
                    HybridEmbeddingBag when id < 7 => state.Values($"{bag.Name}.exact")[(id * Dim) + j],
                    HybridEmbeddingBag => tensor![((id - 7) * Dim) + j],
                    KeptRowsEmbeddingBag when tensor is null => state.Values(bag.Name)[((id < 13 ? id : 0) * Dim) + j],
                    KeptRowsEmbeddingBag when id is < 7 or >= 31 => state.Values($"{bag.Name}.exact")[((id < 7 ? id : 0) * Dim) + j],
                    KeptRowsEmbeddingBag => tensor![((id - 7) * Dim) + j],
                    TensorEmbeddingBag => tensor![(id * Dim) + j],
                    _ => 0,
                };
            }
        }

        return table;
    }

    private void CheckGradient(string name, TableOptions options, PoolingType pooling, MemoryState before, MemoryState after, string tensor, JaggedIndices bags, float[] weights)
    {
        const float Step = 1e-2f;
        float[] values = before.Values(tensor);
        int stride = Math.Max(1, values.Length / 25);
        for (int i = 0; i < values.Length; i += stride)
        {
            double plus = Objective(name, options, pooling, before, tensor, i, Step, bags, weights);
            double minus = Objective(name, options, pooling, before, tensor, i, -Step, bags, weights);
            double expected = (plus - minus) / (2 * Step);
            double actual = (double)values[i] - after.Values(tensor)[i];

            // The objective is a polynomial of degree ≤ 1 in one entry: only float32 rounding of outputs of order one remains.
            Assert.True(Math.Abs(actual - expected) <= 1e-4 * (1 + Math.Abs(expected)), $"{name}, {pooling}, {tensor}[{i}]: gradient {actual:R}, finite difference {expected:R}.");
        }
    }

    private double Objective(string name, TableOptions options, PoolingType pooling, MemoryState state, string tensor, int i, float change, JaggedIndices bags, float[] weights)
    {
        using IEmbeddingBag bag = Create(name, options with { Pooling = pooling });
        float old = state.Values(tensor)[i];
        state.Values(tensor)[i] = old + change;
        foreach (Parameter parameter in bag.Parameters)
        {
            parameter.Load(state, StateParts.Values);
        }

        state.Values(tensor)[i] = old;
        double[] output = Pool(Expand(bag), bags, pooling);
        double sum = 0;
        for (int k = 0; k < output.Length; k++)
        {
            sum += output[k] * weights[k];
        }

        return sum;
    }
}
