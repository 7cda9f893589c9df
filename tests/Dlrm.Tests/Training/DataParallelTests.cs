using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Metrics;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

/// <summary>Several workers train the model that one would train.</summary>
public sealed class DataParallelTests
{
    /// <summary>The last batch of an epoch has 3 samples: on 4 workers one of them has none. 54 steps.</summary>
    [Theory]
    [InlineData(2, InferenceKind.Svi, TableKind.Auto, OptimizerKind.Sgd, 1, 1e-5)]
    [InlineData(2, InferenceKind.Svi, TableKind.Auto, OptimizerKind.Sgd, 2, 1e-5)]
    [InlineData(4, InferenceKind.Svi, TableKind.Auto, OptimizerKind.Sgd, 2, 1e-5)]
    [InlineData(2, InferenceKind.Svi, TableKind.Auto, OptimizerKind.Sgd, 4, 1e-5)]
    [InlineData(2, InferenceKind.FixedRanks, TableKind.Auto, OptimizerKind.Sgd, 1, 1e-5)]
    [InlineData(4, InferenceKind.FixedRanks, TableKind.Dense, OptimizerKind.Sgd, 1, 1e-5)]
    [InlineData(2, InferenceKind.FixedRanks, TableKind.QuotientRemainder, OptimizerKind.Sgd, 1, 1e-5)]
    [InlineData(2, InferenceKind.Map, TableKind.Auto, OptimizerKind.Adagrad, 1, 1e-3)]
    [InlineData(2, InferenceKind.Svi, TableKind.Auto, OptimizerKind.Adam, 2, 1e-3)]
    [InlineData(2, InferenceKind.Map, TableKind.Auto, OptimizerKind.Adam, 1, 1e-3)]
    [InlineData(4, InferenceKind.FixedRanks, TableKind.Dense, OptimizerKind.Adam, 1, 1e-3)]
    [InlineData(2, InferenceKind.FixedRanks, TableKind.Dense, OptimizerKind.RowwiseAdagrad, 1, 1e-3)]
    public void Run_SameGlobalBatchAndDraws_GivesTheParametersOfOneWorker(int workers, InferenceKind inference, TableKind kind, OptimizerKind optimizer, int draws, double tolerance)
    {
        DlrmOptions options = Options(inference, kind, optimizer, draws);
        MemoryState[] one = Job.Train(1, options);
        MemoryState[] several = Job.Train(workers, options);

        Assert.All(several[1..], state => Assert.Equal(Snapshot.Of(several[0]), Snapshot.Of(state)));
        AssertClose(one[0], several[0], tolerance);
    }

    [Fact]
    public void Run_GaugeMovesAndPruning_GiveTheRanksOfOneWorkerOnAll()
    {
        DlrmOptions options = Models.Svi with { Training = Models.Svi.Training with { DrawsPerStep = 2 } };
        IReadOnlyList<PruningEvent>[][] pruned = [.. new[] { 1, 2, 4 }.Select(workers => Job.Run(workers, options, (trainer, _, _) => trainer.Run().Pruned))];

        Assert.Contains(pruned[0][0], removed => removed.CodeSaved > 0);
        foreach (IReadOnlyList<PruningEvent> own in pruned[1].Concat(pruned[2]))
        {
            Assert.Equal(pruned[0][0].Select(Text), own.Select(Text));
        }

        static string Text(PruningEvent removed) => $"{removed.Tensor} {removed.Bond} [{string.Join(',', removed.Ranks)}] {(removed.CodeSaved > 0 ? "evidence" : "energy")}";
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_Again_GivesTheSameBits(bool isOrdered)
    {
        Func<ICommunicator, ICommunicator> communicators = own => isOrdered ? new OrderedCommunicator(own) : own;
        string[] first = Snapshot.Of(Job.Train(3, Three(), communicators)[0]);

        Assert.Equal(first, Snapshot.Of(Job.Train(3, Three(), communicators)[0]));

        static DlrmOptions Three() => Models.Svi with { Training = Models.Svi.Training with { BatchSize = 33 }, Distributed = new DistributedOptions { BucketBytes = 1024 } };
    }

    [Fact]
    public void Run_BucketsOfAnySize_GiveTheSameBits()
    {
        DlrmOptions options = Models.Svi;
        string[] large = Snapshot.Of(Job.Train(2, options)[0]);

        Assert.Equal(large, Snapshot.Of(Job.Train(2, options with { Distributed = new DistributedOptions { BucketBytes = 1024 } })[0]));
    }

    [Fact]
    public void Run_OneShardEmpty_EqualsOneWorkerWithTheBatchOfTheOther()
    {
        DlrmOptions options = Options(InferenceKind.Svi, TableKind.Auto, OptimizerKind.Sgd, draws: 1);
        MemoryState[] one = Job.Train(1, options with { Training = options.Training with { BatchSize = 16 } });
        MemoryState[] two = Job.Train(2, options, data: rank => new ClickSource(rank == 0 ? Job.Rows : 0, 16, seed: 1));

        AssertClose(one[0], two[0], 1e-5);
        Assert.Equal(Snapshot.Of(two[0]), Snapshot.Of(two[1]));
    }

    [Fact]
    public void Run_ShardsOfDifferentLengths_EndTheEpochsTogether()
    {
        int[] rows = [100, 7, 0, 260];
        List<int>[] read = [[], [], [], []];
        (TrainingResult Result, long Planned)[] results = Job.Run(
            4, Models.Svi, (trainer, _, _) => (trainer.Run(), trainer.PlannedSteps), rank => new ClickSource(rows[rank], 8, seed: 1 + rank) { Reading = read[rank].Add });

        Assert.All(results, result => Assert.Equal((99, 99, 3 * 367), (result.Result.Steps, result.Planned, result.Result.Samples)));
        Assert.Equal(rows.Select(count => 3 * ((count + 7) / 8)), read.Select(starts => starts.Count));
    }

    [Fact]
    public void Save_OfOneTwoAndOneWorkers_GoesOnAsOneWorkerWould()
    {
        DlrmOptions options = Options(InferenceKind.Svi, TableKind.Auto, OptimizerKind.Sgd, draws: 2);
        options = options with { Training = options.Training with { CheckpointEvery = 20 } };
        using MemoryState whole = Job.Run(1, options, (trainer, model, _) =>
        {
            trainer.Run();
            return Saved(trainer, model);
        })[0];
        MemoryState? state = null;
        foreach (int workers in new[] { 1, 2, 1 })
        {
            MemoryState? before = state;
            state = Job.Run(workers, options, (trainer, model, _) =>
            {
                if (before is not null)
                {
                    lock (options)
                    {
                        trainer.Load(before);
                    }
                }

                using CancellationTokenSource stop = new();
                trainer.Run(checkpoint: saved => { if (saved.Step < 60) { stop.Cancel(); } }, cancellation: stop.Token);
                return Saved(trainer, model);
            })[0];
        }

        AssertClose(whole, state!, 1e-5);
        Assert.Equal(whole.ReadIntegers("trainer.counters"), state!.ReadIntegers("trainer.counters"));
        // Training metrics of the epoch: every sample once, whichever worker had it.
        Assert.Equal(whole.ReadDoubles("trainer.metrics")[0], state.ReadDoubles("trainer.metrics")[0]);
    }

    [Fact]
    public void Run_StopAskedOfOneWorker_StopsAllAfterTheSameStep()
    {
        using CancellationTokenSource stop = new();
        (bool IsCancelled, long Step)[] ended = Job.Run(2, Models.Svi with { Training = Models.Svi.Training with { CheckpointEvery = 7 } }, (trainer, _, communicator) =>
        {
            TrainingResult result = trainer.Run(
                checkpoint: _ => { if (communicator.Rank == 1) { stop.Cancel(); } }, cancellation: communicator.Rank == 1 ? stop.Token : CancellationToken.None);
            return (result.IsCancelled, trainer.Step);
        });

        Assert.All(ended, end => Assert.Equal((true, 7), end));
    }

    [Fact]
    public void Run_EvaluationCancelledOnOneWorker_StopsAll()
    {
        using CancellationTokenSource stop = new();
        DlrmOptions options = Models.Svi with { Training = Models.Svi.Training with { EvaluateEvery = 5 } };
        (bool IsCancelled, long Step)[] ended = Job.Run(
            2, options,
            (trainer, _, communicator) => (trainer.Run(cancellation: communicator.Rank == 1 ? stop.Token : CancellationToken.None).IsCancelled, trainer.Step),
            validation: rank => new ClickSource(100 + rank, 16, seed: 2) { Reading = _ => { if (rank == 1) { stop.Cancel(); } } });

        Assert.All(ended, end => Assert.Equal((true, 5), end));
    }

    [Fact]
    public void Run_ValidationInShards_GivesTheMetricsOfAllSamples()
    {
        MetricsResult[][] metrics = [.. new[] { 1, 2 }.Select(workers => Job.Run(
            workers, Models.Svi with { Training = Models.Svi.Training with { DrawsPerStep = 2 } }, (trainer, _, _) => trainer.Run().Validation!,
            validation: rank => new PartSource(new ClickSource(200, 50, seed: 2), rank, workers, 50)))];

        Assert.All(metrics[1], own => Assert.Equal(200, own.Samples));
        Assert.All(metrics[1], own => Assert.Equal(metrics[0][0].LogLoss, own.LogLoss, 1e-4));
        Assert.All(metrics[1], own => Assert.Equal(metrics[0][0].Auc, own.Auc, own.AucErrorBound));
    }

    [Fact]
    public void Run_ParametersThatDrift_FailOnEveryWorkerAndNameTheTensor()
    {
        DlrmOptions options = Models.Svi with { Distributed = new DistributedOptions { ConsistencyEvery = 10 } };
        AggregateException failure = Assert.Throws<AggregateException>(() => Job.Run(3, options with { Training = options.Training with { BatchSize = 33 } }, (trainer, model, communicator) =>
        {
            if (communicator.Rank == 2)
            {
                DenseParameter bias = (DenseParameter)model.Parameters.Single(parameter => parameter.Name == "top.0.bias");
                float[] values = bias.Value.ToArray();
                values[3] = MathF.BitIncrement(values[3]);
                bias.Value.CopyFrom(values);
            }

            return trainer.Run();
        }));

        Assert.Equal(3, failure.InnerExceptions.Count);
        Assert.All(failure.InnerExceptions, inner => Assert.StartsWith("After step 10 worker 2 has another 'top.0.", Assert.IsType<CommunicationException>(inner).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_BadBatchOnOneWorker_FailsThereWithTheSampleAndNobodyHangs()
    {
        AggregateException failure = Assert.Throws<AggregateException>(() => Job.Run(2, Models.Svi, (trainer, _, _) => trainer.Run(), rank => Spoiled(rank, 2)));

        Assert.Contains("Sample 90 of the epoch has NaN", failure.InnerExceptions.OfType<DataFormatException>().Single().Message, StringComparison.Ordinal);
        Assert.Single(failure.InnerExceptions.OfType<CommunicationException>());
    }

    [Fact]
    public void Run_BadBatchOnOneWorkerAndSkip_LeavesTheWholeBatchOutAsOneWorkerWould()
    {
        DlrmOptions options = Options(InferenceKind.FixedRanks, TableKind.Auto, OptimizerKind.Sgd, 1);
        options = options with { Training = options.Training with { NonFinite = NonFinitePolicy.Skip } };
        (MemoryState State, TrainingResult Result)[][] runs = [.. new[] { 1, 2 }.Select(workers =>
            Job.Run(workers, options, (trainer, model, _) => (State: Models.StateOf(Trained(trainer, model, out TrainingResult result)), result), rank => Spoiled(rank, workers)))];

        Assert.All(runs[1], run => Assert.Equal((3, 51), (run.Result.SkippedBatches, run.Result.Steps)));
        AssertClose(runs[0][0].State, runs[1][0].State, 1e-5);

        static DlrmModel Trained(Trainer trainer, DlrmModel model, out TrainingResult result)
        {
            result = trainer.Run();
            return model;
        }
    }

    [Fact]
    public void Trainer_WorkThatCantBeShared_SaysWhatAndTheWayOut()
    {
        DlrmOptions options = Models.Svi with
        {
            Model = Models.Svi.Model with { TableOverrides = new Dictionary<string, TableOptions> { ["B"] = new() { Kind = TableKind.Hash, CompressAbove = 10, StoredRows = 7 } } },
            Training = Models.Svi.Training with { BatchSize = 32, DrawsPerStep = 2 },
            Distributed = new DistributedOptions { MostReplicatedRows = 6 },
        };
        AggregateException failure = Assert.Throws<AggregateException>(() => Job.Run(3, options, (trainer, _, _) => trainer.Run(), rank => new ClickSource(60, 10, seed: 1)));

        Assert.Equal(
            [
                "training.batchSize is 32, which 3 workers can't share equally; make it a multiple of 3.",
                "training.drawsPerStep is 2, but there are 3 workers; one must divide the other, or let 0 mean one draw for each worker.",
                "Table 'tables.B' has 7 dense rows, more than the 6 (distributed.mostReplicatedRows) that each of 3 workers keeps a copy of; shard its rows over the workers, compress it, or raise that number.",
            ],
            failure.InnerExceptions.OfType<OptionsException>().First().Problems);
    }

    private static PartSource Spoiled(int rank, int workers)
    {
        ClickSource source = new(Job.Rows, 32, seed: 1);
        source.Dense[2 * 90] = float.NaN;
        return new PartSource(source, rank, workers, 32);
    }

    private static MemoryState Saved(Trainer trainer, DlrmModel model)
    {
        MemoryState state = new(model.Device);
        trainer.Save(state);
        return state;
    }

    private static DlrmOptions Options(InferenceKind inference, TableKind kind, OptimizerKind optimizer, int draws)
    {
        bool isAdaptive = optimizer is OptimizerKind.Adam;
        OptimizerOptions table = new() { Kind = optimizer, LearningRate = isAdaptive ? 0.01 : 0.1 };
        OptimizerOptions rate = table with { Kind = optimizer == OptimizerKind.RowwiseAdagrad ? OptimizerKind.Adagrad : optimizer };
        return Models.Svi with
        {
            Model = Models.Svi.Model with { Tables = Models.Svi.Model.Tables with { Kind = kind, StoredRows = 9 } },
            Training = Models.Svi.Training with { DrawsPerStep = draws, MlpOptimizer = rate, TableOptimizer = table, FactorOptimizer = rate },
            RankPrior = Models.Svi.RankPrior with { Inference = inference, GaugeEvery = 0, PruneEvery = 0 },
        };
    }

    private static void AssertClose(MemoryState expected, MemoryState actual, double tolerance)
    {
        Dictionary<string, double[]> first = Values(expected);
        Dictionary<string, double[]> second = Values(actual);
        Assert.Equal(first.Keys.Order(), second.Keys.Order());
        foreach ((string name, double[] values) in first.Where(pair => !pair.Key.StartsWith("trainer.", StringComparison.Ordinal) && !pair.Key.EndsWith("_m", StringComparison.Ordinal) && !pair.Key.EndsWith(".m", StringComparison.Ordinal)))
        {
            double difference = Math.Sqrt(values.Zip(second[name], (a, b) => (a - b) * (a - b)).Sum());
            double norm = Math.Sqrt(values.Sum(value => value * value));
            Assert.True(difference <= tolerance * norm, $"{name}: ‖Δ‖/‖·‖ = {difference / norm:E1}.");
        }
    }

    private static Dictionary<string, double[]> Values(MemoryState state)
    {
        TensorValues values = new();
        state.CopyTo(values, string.Empty);
        return values.Tensors;
    }

    private sealed class TensorValues : IStateWriter
    {
        internal Dictionary<string, double[]> Tensors { get; } = [];

        public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values) => Tensors[name] = Array.ConvertAll(values.ToArray(), value => (double)value);

        public void Write(string name, ReadOnlySpan<double> values) => Tensors[name] = values.ToArray();

        public void Write(string name, ReadOnlySpan<long> values) => Tensors[name] = Array.ConvertAll(values.ToArray(), value => (double)value);
    }
}
