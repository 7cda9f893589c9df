using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Sharding;

/// <summary>Whole models whose tables are spread over workers: training, checkpoints, compact models.</summary>
public sealed class ShardedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OptimizerKind.Sgd, 2, 2)]
    [InlineData(OptimizerKind.Sgd, 3, 2)]
    [InlineData(OptimizerKind.RowwiseAdagrad, 2, 2)]
    [InlineData(OptimizerKind.RowwiseAdagrad, 4, 4)]
    public void Train_FiftyStepsWithClipping_AgreesWithOneWorker(OptimizerKind kind, int workers, int parts)
    {
        OptimizerOptions optimizer = new() { Kind = kind, LearningRate = 0.1 };
        Dictionary<string, float[]> expected = Train(optimizer, 1, 1);
        Dictionary<string, float[]> actual = Train(optimizer, workers, parts);
        Dictionary<string, float[]> again = Train(optimizer, workers, parts);

        Assert.Equal(expected.Keys, actual.Keys);
        foreach ((string name, float[] values) in expected)
        {
            double norm = Math.Sqrt(values.Sum(value => (double)value * value));
            double difference = Math.Sqrt(values.Zip(actual[name], (a, b) => ((double)a - b) * (a - b)).Sum());
            Assert.True(difference <= 1e-5 * norm, $"{name}: {difference} of {norm}");
            Assert.Equal(actual[name], again[name]);
        }
    }

    [Fact]
    public void Save_OfTwoWorkers_LoadsAtAnyNumberAndSavesTheSameBytes()
    {
        OptimizerOptions optimizer = new() { Kind = OptimizerKind.RowwiseAdagrad, LearningRate = 0.1 };
        ShardWorker.Run(2, worker =>
        {
            using ModelJob job = new(worker, optimizer);
            job.Train(3, 2);
            using MemoryState best = new(worker.Device);
            job.Model.Save(best, StateParts.Values);
            job.Train(3, 2);
            return job.Model.Shards!.Lead(() => Save("two", job.Model, best));
        });

        foreach (int workers in (int[])[1, 3])
        {
            string name = $"from two at {workers}";
            bool[] isDone = ShardWorker.Run(workers, worker =>
            {
                using ModelJob job = new(worker, optimizer);
                using MemoryState best = new(worker.Device);
                Load("two", job.Model, best);
                return job.Model.Shards!.Lead(() => Save(name, job.Model, best));
            });
            Assert.All(isDone, Assert.True);
            AssertSameFiles("two", name);
        }

        // A model without workers reads and writes the same files.
        using CpuDevice device = new(1);
        using DlrmModel whole = new(device, ModelJob.Options(optimizer), Models.Inputs);
        using MemoryState state = new(device);
        Load("two", whole, state);
        Save("whole", whole, state);
        AssertSameFiles("two", "whole");
        Assert.Contains(whole.Parameters, parameter => parameter is TableParameter);
    }

    [Fact]
    public void SaveCompact_OfThreeWorkers_IsTheModelOfOne()
    {
        OptimizerOptions optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.1 };
        ShardWorker.Run(3, worker =>
        {
            using ModelJob job = new(worker, optimizer);
            using MemoryState none = new(worker.Device);
            job.Train(2, 2);
            return job.Model.Shards!.Lead(() =>
            {
                Save("three", job.Model, none);
                CompactModel.Save(_folder.File("compact of three"), job.Model, "abc");
            });
        });

        using CpuDevice device = new(1);
        using DlrmModel whole = new(device, ModelJob.Options(optimizer), Models.Inputs);
        using MemoryState state = new(device);
        Load("three", whole, state);
        CompactModel.Save(_folder.File("compact of one"), whole, "abc");
        foreach (string file in (string[])["model.safetensors", "model.json"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder.File("compact of one"), file)), File.ReadAllBytes(Path.Combine(_folder.File("compact of three"), file)));
        }
    }

    [Fact]
    public void Lead_ActionThatFails_IsToldToEveryWorker()
    {
        string[] outcomes = ShardWorker.Run(3, worker =>
        {
            using ModelJob job = new(worker, new OptimizerOptions());
            try
            {
                bool isDone = job.Model.Shards!.Lead(() => throw new IOException("disk full"));
                job.Model.Shards.Lead(() => Assert.Null(job.Model.FirstNonFiniteParameter()));
                return $"{isDone}";
            }
            catch (IOException exception)
            {
                job.Model.Shards!.Lead(() => Assert.Null(job.Model.FirstNonFiniteParameter()));
                return exception.Message;
            }
        });

        Assert.Equal(["disk full", "False", "False"], outcomes);
    }

    [Fact]
    public void Save_OutsideOfLead_SaysWhatToCall()
    {
        string[] messages = ShardWorker.Run(2, worker =>
        {
            using ModelJob job = new(worker, new OptimizerOptions());
            return Assert.Throws<InvalidOperationException>(() => job.Model.Save(new TableWriter(), StateParts.Values)).Message;
        });

        Assert.All(messages, message => Assert.Contains("lie on 2 workers, which answer inside RowShards.Lead only", message, StringComparison.Ordinal));
    }

    [Fact]
    public void Model_SpreadRowsStoredAsIntegers_IsRefused()
    {
        string[] messages = ShardWorker.Run(2, worker =>
        {
            DlrmOptions options = ModelJob.Options(new OptimizerOptions());
            options = options with { Model = options.Model with { Storage = new StorageOptions { Rows = StorageType.Int8 } } };
            return Assert.Throws<Numerics.OptionsException>(() => new DlrmModel(worker.Device, options, Models.Inputs, worker.Exchange)).Message;
        });

        Assert.All(messages, message => Assert.Contains("model.storage.rows is Int8, but B is spread over 2 workers", message, StringComparison.Ordinal));
    }

    private static Dictionary<string, float[]> Train(OptimizerOptions optimizer, int workers, int parts) => ShardWorker.Run(workers, worker =>
    {
        using ModelJob job = new(worker, optimizer);
        job.Train(50, parts);
        return job.Read();
    })[0];

    private void Save(string name, DlrmModel model, MemoryState best) => new CheckpointStore(_folder.File(name)).Save(
        new CheckpointPosition(6, 0, 0),
        "{}",
        writer => model.Save(writer, StateParts.Values),
        writer =>
        {
            best.CopyTo(writer, "best.");
            model.Save(writer, StateParts.All);
        });

    private void Load(string name, DlrmModel model, MemoryState best) => new CheckpointStore(_folder.File(name)).FindNewestValid().Newest!.Load(reader =>
    {
        if (reader.Contains("best.tables.A"))
        {
            model.Load(new PrefixedStateReader(reader, "best."), StateParts.Values);
            model.Save(best, StateParts.Values);
        }

        model.Load(reader, StateParts.All);
    });

    private void AssertSameFiles(string expected, string actual)
    {
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors"])
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(_folder.File(expected), "step-6", file));
            Assert.NotEmpty(bytes);
            Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(_folder.File(actual), "step-6", file)));
        }

        // Checksums of tensors too, and whatever else the manifest says.
        Assert.Equal(File.ReadAllText(Path.Combine(_folder.File(expected), "step-6", "manifest.json")), File.ReadAllText(Path.Combine(_folder.File(actual), "step-6", "manifest.json")));
    }
}
