using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bags;

/// <summary>Lookups through multiplied cores and kept rows have the bits of those without.</summary>
public sealed class InferenceTests : IDisposable
{
    private const int Rows = 997;
    private readonly CpuDevice _device = new(2);

    public static TheoryData<TensorFormat, int, PoolingType> Cases
    {
        get
        {
            TheoryData<TensorFormat, int, PoolingType> cases = [];
            foreach (TensorFormat format in LowRankFormats.All)
            {
                foreach (int order in (int[])[2, 3, 4])
                {
                    cases.Add(format, order, order == 3 ? PoolingType.Mean : PoolingType.Sum);
                }
            }

            return cases;
        }
    }

    public void Dispose() => _device.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_Prepared_HasTheSameBits(TensorFormat format, int order, PoolingType pooling)
    {
        using IEmbeddingBag plain = Create(format, order, pooling);
        using IEmbeddingBag prepared = Create(format, order, pooling);
        prepared.PrepareInference(new InferenceOptions { InterfaceBytes = 1 << 20, HotRows = 64 });
        Random random = new(5);

        // Batches of few ids go through the 64 kept rows, which are replaced many times; those of many do not.
        for (int batch = 0; batch < 60; batch++)
        {
            JaggedIndices bags = Bags(random, batch % 7 == 6 ? 40 : random.Next(1, 6));
            Assert.Equal(Look(plain, bags), Look(prepared, bags));
        }
    }

    [Fact]
    public void Forward_AfterTheTableChanged_FollowsIt()
    {
        using IEmbeddingBag plain = Create(TensorFormat.Ttm, 3, PoolingType.Sum);
        using IEmbeddingBag prepared = Create(TensorFormat.Ttm, 3, PoolingType.Sum);
        prepared.PrepareInference(new InferenceOptions());
        JaggedIndices bags = Bags(new Random(1), 4);
        float[] first = Look(prepared, bags);
        foreach (Action<BayesianTensor> change in (Action<BayesianTensor>[])
            [Step, tensor => BayesianTensor.MoveGauges([tensor]), tensor => tensor.RemoveComponent(1, 2), StepAndLoad, tensor => tensor.BecomeZero()])
        {
            change(plain.Tensor!);
            change(prepared.Tensor!);
            Assert.Equal(Look(plain, bags), Look(prepared, bags));
        }

        Assert.NotEqual(first, Look(prepared, bags));
    }

    [Fact]
    public void Forward_Draws_DoNotUseWhatIsKept()
    {
        using IEmbeddingBag prepared = Create(TensorFormat.Ttm, 3, PoolingType.Sum);
        prepared.PrepareInference(new InferenceOptions());
        JaggedIndices bags = Bags(new Random(1), 4);
        float[] means = Look(prepared, bags);

        prepared.Tensor!.BeginStep(new RandomStream(7, 7), 1);
        Assert.NotEqual(means, Look(prepared, bags));
        prepared.Tensor.UseMeans();
        Assert.Equal(means, Look(prepared, bags));
    }

    [Fact]
    public void Materialize_BudgetAndOrder_DecideHowManyCores()
    {
        TtmFormat format = new(new TtmShape(1000, [10, 10, 5, 2], [2, 2, 2, 2], [1, 3, 4, 5, 1]));
        using TtmCores cores = new(_device, format);

        Assert.Null(format.Materialize(_device, cores.Buffers, 6399));
        using MaterializedFactors two = format.Materialize(_device, cores.Buffers, 6400)!;
        Assert.Equal("[100, 5, 2] [4, 5]", Describe(two));
        using MaterializedFactors three = format.Materialize(_device, cores.Buffers, 1 << 30)!;
        Assert.Equal("[500, 2] [5]", Describe(three));
    }

    private static string Describe(MaterializedFactors materialized) =>
        $"[{string.Join(", ", materialized.Format.RowModes)}] [{string.Join(", ", materialized.Format.Ranks)}]";

    private static void Step(BayesianTensor tensor)
    {
        foreach (DeviceBuffer<float> gradient in tensor.FactorGradients())
        {
            gradient.CopyFrom([.. Enumerable.Range(0, (int)gradient.Length).Select(i => 0.1f * MathF.Sin(i))]);
        }

        tensor.Step(new StepContext { Step = 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = 4 });
    }

    private static void StepAndLoad(BayesianTensor tensor)
    {
        MemoryState state = new();
        tensor.Save(state, StateParts.All);
        Step(tensor);
        tensor.Load(state, StateParts.All);
    }

    private float[] Look(IEmbeddingBag bag, JaggedIndices bags)
    {
        using DeviceBuffer<float> output = _device.Allocate<float>((long)bags.Bags * bag.EmbeddingDim);
        bag.Forward(bags, new Matrix(output, bags.Bags, bag.EmbeddingDim));
        return output.ToArray();
    }

    private static JaggedIndices Bags(Random random, int count)
    {
        int[] lengths = [.. Enumerable.Range(0, count).Select(_ => random.Next(0, 4))];
        int[] offsets = [0, .. lengths.Select((_, i) => lengths.Take(i + 1).Sum())];
        long[] ids = [.. Enumerable.Range(0, offsets[^1]).Select(_ => random.NextInt64(Rows))];
        return JaggedIndices.From(ids, offsets, [.. ids.Select(_ => random.NextSingle())]);
    }

    private IEmbeddingBag Create(TensorFormat format, int order, PoolingType pooling)
    {
        IEmbeddingBag bag = EmbeddingBagFactory.Create(
            _device, "tables.A", Rows, 12, new TableOptions { Kind = TableKind.LowRank, CompressAbove = 1, Format = format, Order = order, StartRank = 4, Pooling = pooling, ExactRows = order == 4 ? 10 : 0 }, new OptimizerOptions(), new OptimizerOptions(), new RankPriorOptions(), new RandomStream(3, 0));
        bag.Tensor!.UseMeans();
        return bag;
    }

    private sealed class TtmCores(IDevice device, TtmFormat format) : IDisposable
    {
        internal DeviceBuffer<float>[] Buffers { get; } = [.. format.Factors.Select(factor =>
        {
            DeviceBuffer<float> buffer = device.Allocate<float>(factor.Length);
            buffer.CopyFrom([.. Enumerable.Range(0, (int)factor.Length).Select(i => MathF.Sin(i))]);
            return buffer;
        })];

        public void Dispose()
        {
            foreach (DeviceBuffer<float> buffer in Buffers)
            {
                buffer.Dispose();
            }
        }
    }
}
