using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bags;

public sealed class BillionRowsTests : IDisposable
{
    private const long Rows = 1_000_000_000;
    private const int EmbeddingDim = 64;
    private const int Batch = 256;
    private static readonly RandomStream Stream = new(20210405, 0);
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Create_BillionRowsRank16WithPosteriorAndAdam_TakesLessThan50Megabytes()
    {
        using IEmbeddingBag bag = Create(InferenceKind.Svi, bondRank: 16, deviation: 0);
        BayesianTensor tensor = bag.Tensor!;

        Assert.Equal([16, 16], tensor.Format.Ranks);
        Assert.True(tensor.Format.Rows >= Rows);
        Assert.InRange((tensor.StoredElements * sizeof(float)) + tensor.WorkingBytes, 1, 50_000_000);
    }

    [Fact]
    public void Step_BillionRowsRowsOfATeacher_LossFalls()
    {
        using IEmbeddingBag teacher = Create(InferenceKind.FixedRanks, bondRank: 1, deviation: 1);
        using IEmbeddingBag bag = Create(InferenceKind.Svi, bondRank: 2, deviation: 0.5);
        using DeviceBuffer<float> targets = _device.Allocate<float>(Batch * EmbeddingDim);
        using DeviceBuffer<float> outputs = _device.Allocate<float>(Batch * EmbeddingDim);
        Matrix target = new(targets, Batch, EmbeddingDim);
        Matrix output = new(outputs, Batch, EmbeddingDim);

        // The same rows again and again: that every step finds new ones and still learns is the bench's to show, it takes longer.
        Random random = new(1);
        JaggedIndices rows = JaggedIndices.OneHot([.. Enumerable.Range(0, Batch).Select(_ => random.NextInt64(Rows))]);
        teacher.Forward(rows, target);
        float[] negated = Array.ConvertAll(targets.ToArray(), value => -value);
        targets.CopyFrom(negated);
        List<double> losses = [];
        for (int step = 1; step <= 60; step++)
        {
            bag.Tensor!.BeginStep(Stream.Derive(7).Derive((ulong)step), pieces: 1);
            bag.Tensor.ClearGradient();
            bag.Forward(rows, output);
            _device.AddElements(output, target, output);
            losses.Add(_device.SumOfSquares(outputs, outputs.Length) / outputs.Length);
            bag.Backward(output);
            bag.Tensor.Step(new StepContext { Step = step, LearningRateFactor = 1, GradientScale = 1f / outputs.Length, KlWeight = 0, BatchSize = Batch });
        }

        Assert.InRange(losses[^1], 0, 0.5 * losses[0]);
    }

    private IEmbeddingBag Create(InferenceKind inference, int bondRank, double deviation) => EmbeddingBagFactory.Create(
        _device, "tables.C1", Rows, EmbeddingDim, new TableOptions { Kind = TableKind.LowRank, StartRank = bondRank, InitialEntryDeviation = deviation }, new OptimizerOptions(),
        new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.05 }, new RankPriorOptions { Inference = inference }, Stream.Derive((ulong)bondRank));
}
