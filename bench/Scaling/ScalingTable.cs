using Dlrm.CommandLine.Bench;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Bench.Scaling;

/// <summary>The table of a point with its batches, and the times of what is done to it.</summary>
internal sealed class ScalingTable : IDisposable
{
    private const ulong Seed = 20210405;
    private readonly ScalingPoint _point;
    private readonly IEmbeddingBag _bag;
    private readonly RowGroups _groups;
    private readonly DeviceBuffer<float> _output;
    private readonly DeviceBuffer<float>[] _gradients;
    private readonly JaggedIndices[] _batches;
    private readonly Turns _grouping;
    private readonly Turns _forward;
    private readonly Turns _step;
    private readonly Turns _sweep;
    private readonly LookupCost _cost;

    /// <summary>Initializes a new instance of the <see cref="ScalingTable"/> class.</summary>
    /// <param name="device">The device.</param>
    /// <param name="point">The point.</param>
    internal ScalingTable(IDevice device, ScalingPoint point)
    {
        _point = point;
        _bag = EmbeddingBagFactory.Create(
            device, "tables.C3", point.Rows, ScalingPoint.EmbeddingDim,
            new TableOptions { Kind = TableKind.LowRank, StartRank = point.BondRank, Order = point.Order, InitialEntryDeviation = 0.1 },
            new OptimizerOptions(), new OptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = 1e-3 },
            new RankPriorOptions { Inference = InferenceKind.FixedRanks }, new RandomStream(Seed, 0));
        _bag.Tensor!.UseMeans();
        long[][] ids = ScalingIds.Draw(point);
        _batches = [.. ids.Select(batch => JaggedIndices.OneHot(batch))];
        _cost = LookupCost.Of(((TtmFormat)_bag.Tensor.Format).Shape, ids);
        _groups = new RowGroups(device);
        _output = device.Allocate<float>((long)point.Batch * ScalingPoint.EmbeddingDim);

        // Every second step takes back the one before.
        float[] pattern = BenchIds.Pattern(_output.Length);
        _gradients = [device.Allocate<float>(pattern.Length), device.Allocate<float>(pattern.Length)];
        _gradients[0].CopyFrom(pattern);
        _gradients[1].CopyFrom(Array.ConvertAll(pattern, value => -value));
        _grouping = new Turns(call => device.GroupRows(Batch(call), _groups));
        _forward = new Turns(call => _bag.Forward(Batch(call), Rows(_output)));
        _step = new Turns(Step);
        _sweep = new Turns(Sweep);
    }

    /// <summary>Gets what was measured.</summary>
    internal ScalingResult Result => new(_point, _cost, _grouping.Median, _forward.Median, _step.Median, _sweep.Median);

    /// <summary>Runs a turn of everything.</summary>
    /// <param name="isWarmUp">Whether times are forgotten.</param>
    internal void Round(bool isWarmUp)
    {
        foreach (Turns turns in (Turns[])[_grouping, _forward, _step, _sweep])
        {
            if (isWarmUp)
            {
                turns.WarmUp();
            }
            else
            {
                turns.Run();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bag.Dispose();
        _groups.Dispose();
        _output.Dispose();
        foreach (DeviceBuffer<float> gradient in _gradients)
        {
            gradient.Dispose();
        }
    }

    private JaggedIndices Batch(long call) => _batches[call % _batches.Length];

    private Matrix Rows(DeviceBuffer<float> buffer) => new(buffer, _point.Batch, ScalingPoint.EmbeddingDim);

    private void Step(long call)
    {
        _bag.Tensor!.ClearGradient();
        _bag.Forward(Batch(call / 2), Rows(_output));
        _bag.Backward(Rows(_gradients[call % 2]));
        Update(call);
    }

    private void Sweep(long call)
    {
        _bag.Tensor!.ClearGradient();
        Update(call);
    }

    private void Update(long call) =>
        _bag.Tensor!.Step(new StepContext { Step = call + 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = _point.Batch });
}
