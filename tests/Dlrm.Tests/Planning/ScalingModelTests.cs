using Dlrm.Embeddings;
using Dlrm.Planning;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Planning;

/// <summary>Tests of <see cref="ScalingModel"/> and <see cref="NetworkRates"/>.</summary>
public sealed class ScalingModelTests
{
    private const double Step = 0.02;
    private static readonly NetworkRates Network = new(1e-5, 1e9);
    private static readonly ScalingRates Rates = new(Step, new StepCost(50e9, 10e9, 1e8, 1e7), Network, 2e10, 1);

    /// <summary>By hand: 8 workers, 1 ms a megabyte, 10 µs a message.</summary>
    [Fact]
    public void Network_EightWorkers_TakesWhatTheFormulasSay()
    {
        Assert.Equal((6 * 1e-5) + (1.75 * 1e-3), Network.AllReduceSeconds(8, 1e6), 1e-12);
        Assert.Equal(3 * (1e-5 + 1e-6), Network.AllReduceSeconds(8, 1e3), 1e-12);
        Assert.Equal((7 * 1e-5) + (7 * 1e-3), Network.AllGatherSeconds(8, 1e6), 1e-12);
        Assert.Equal((3 * 1e-5) + (7 * 1e-6), Network.AllGatherSeconds(8, 1e3), 1e-12);
        Assert.Equal((7 * 1e-5) + 1e-3, Network.AllToAllSeconds(8, 1e6), 1e-12);
        Assert.Equal(3 * (1e-5 + 16e-9), Network.CountsSeconds(8), 1e-12);
        Assert.Equal(4 * (1e-5 + 1e-6), Network.AllReduceSeconds(9, 1e3), 1e-12);
    }

    [Fact]
    public void Network_OneWorker_TakesNoTime()
    {
        Assert.Equal(0, Network.AllReduceSeconds(1, 1e6) + Network.AllGatherSeconds(1, 1e6) + Network.AllToAllSeconds(1, 0) + Network.CountsSeconds(1));
        ScalingPoint point = Model(Models.Svi).Predict(1);

        Assert.Equal((Step, 1.0, 0.0), (point.StepSeconds, point.Efficiency, point.BytesPerStep));
        Assert.Equal(Models.Svi.Training.BatchSize / Step, point.SamplesPerSecond, 1e-6);
    }

    [Fact]
    public void Predict_MoreWorkers_ArePartsThatAddUp()
    {
        double before = double.PositiveInfinity;
        foreach (int workers in (int[])[1, 2, 3, 64, 4096])
        {
            ScalingPoint point = Model(Models.Svi).Predict(workers);

            Assert.Equal(point.StepSeconds, Step + point.SumSeconds + point.GatherSeconds + point.AllToAllSeconds + point.AgreementSeconds + point.PackingSeconds, 1e-12);
            Assert.Equal(point.SamplesPerSecond, workers * Models.Svi.Training.BatchSize / point.StepSeconds, 1e-3);
            Assert.True(point.UnhiddenStepSeconds >= point.StepSeconds);
            Assert.InRange(point.Efficiency, 0, before);
            before = point.Efficiency;
        }
    }

    /// <summary>What is sent last can't be hidden: with one bucket for everything the sum begins when the backward pass ends.</summary>
    [Fact]
    public void Predict_Overlap_HidesAllButTheLastBucket()
    {
        DlrmOptions one = Models.Svi with { Distributed = new DistributedOptions { BucketBytes = 1 << 28 } };
        DlrmOptions small = Models.Svi with { Distributed = new DistributedOptions { BucketBytes = 1024 } };
        ScalingPoint whole = Model(one).Predict(8);
        ScalingPoint parts = Model(small).Predict(8);

        Assert.Equal(whole.UnhiddenStepSeconds, whole.StepSeconds, 1e-12);
        Assert.True(parts.StepSeconds < parts.UnhiddenStepSeconds);
        ScalingPoint nothing = Model(small, Rates with { Overlap = 0 }).Predict(8);
        Assert.Equal(nothing.UnhiddenStepSeconds, nothing.StepSeconds, 1e-12);
        ScalingPoint half = Model(small, Rates with { Overlap = 0.5 }).Predict(8);
        Assert.Equal((parts.StepSeconds + nothing.StepSeconds) / 2, half.StepSeconds, 1e-12);
    }

    /// <summary>Two spread tables of 6 of 40 and 90 rows: counts, ids, rows and gradients of each, or of both together.</summary>
    [Fact]
    public void Predict_SpreadTables_PaysForEveryExchange()
    {
        DlrmOptions options = ScalingModel.Dense(Models.Svi) with { Distributed = new DistributedOptions { MostReplicatedRows = 30 } };
        ScalingPoint each = new ScalingModel(options, Models.Inputs, [7, 6, 6], Rates).Predict(4);
        ScalingPoint fused = new ScalingModel(options, Models.Inputs, [7, 6, 6], Rates, fusesTables: true).Predict(4);

        double bytes = 2 * 6 * 0.75 * (8 + (2 * 4 * 4));
        double messages = (3 * 3 * 1e-5) + (2 * (1e-5 + 8e-9));
        Assert.Equal(bytes, each.AllToAllBytesPerStep, 1e-9);
        Assert.Equal((2 * messages) + (bytes / 1e9), each.AllToAllSeconds, 1e-12);
        Assert.Equal(messages + (bytes / 1e9), fused.AllToAllSeconds, 1e-12);
        Assert.Equal(each.BytesPerStep, fused.BytesPerStep);
        Assert.True(each.Memory.SpreadBytes > 0);
    }

    [Fact]
    public void Dense_OfAnyOptions_StoresEveryRow()
    {
        DlrmOptions options = Models.Svi with { Model = Models.Svi.Model with { Budget = "4x", TableOverrides = new Dictionary<string, TableOptions> { ["C"] = new() { Kind = TableKind.Hash, StoredRows = 5 } } } };
        ModelPlan plan = ModelPlanner.Plan(ScalingModel.Dense(options), Models.Inputs);

        Assert.Equal([7L, 40, 90], plan.Tensors.Where(tensor => tensor.IsLookup).Select(tensor => tensor.Parameters / tensor.Columns));
    }

    private static ScalingModel Model(DlrmOptions options, ScalingRates? rates = null) => new(options, Models.Inputs, [7, 15, 15], rates ?? Rates);
}
