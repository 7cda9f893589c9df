using Dlrm.Checkpoints;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;
using Dlrm.Reporting;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Checkpoints;

/// <summary>A real run through the real files: checkpoints of a trainer, and the log of its reports.</summary>
public sealed class TrainerCheckpointTests
{
    private const long Half = 30;

    [Fact]
    public void Load_CheckpointOfHalfARun_EndsWithTheBitsOfAWholeOne()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(2);
        using MemoryState whole = new(device);
        using MemoryState resumed = new(device);
        DlrmOptions options = Models.Svi with { Training = Models.Svi.Training with { CheckpointEvery = (int)Half } };
        CheckpointStore store = new(folder.File("checkpoints"));
        string logPath = folder.File("metrics.jsonl");
        using (DlrmModel model = new(device, options, Models.Inputs))
        using (Trainer trainer = Make(model))
        using (MetricsLog log = MetricsLog.Create(logPath))
        {
            trainer.Run(
                new Appender(log),
                saved => store.Save(
                    new CheckpointPosition(saved.Step, saved.Cursor.Epoch, saved.Cursor.Row), "{}", writer => model.Save(writer, StateParts.Values | StateParts.Posterior), saved.Save));
            trainer.Save(whole);
        }

        IReadOnlyList<MetricsRecord> expected = MetricsLog.Read(logPath).Records;
        Directory.Delete(folder.File("checkpoints/step-60"), recursive: true);
        using (DlrmModel model = new(device, options, Models.Inputs))
        using (Trainer trainer = Make(model))
        {
            Checkpoint checkpoint = store.FindNewestValid().Newest!;
            Assert.Equal(Half, checkpoint.Position.Step);
            checkpoint.Load(trainer.Load);
            using MetricsLog log = MetricsLog.Resume(logPath, checkpoint.Position.Step);
            trainer.Run(new Appender(log));
            trainer.Save(resumed);
        }

        Assert.Equal(Snapshot.Of(whole), Snapshot.Of(resumed));
        Assert.Equal(expected.Select(entry => (entry.Step, entry.Loss, entry.Validation?.Auc)), MetricsLog.Read(logPath).Records.Select(entry => (entry.Step, entry.Loss, entry.Validation?.Auc)));
        Assert.NotEmpty(expected[0].Tables);
    }

    [Fact]
    public void Load_ModelOfOtherOptions_NamesTheCheckpoint()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(1);
        CheckpointStore store = new(folder.Path);
        using DlrmModel model = new(device, Models.Svi, Models.Inputs);
        using DlrmModel other = new(device, Models.Svi with { Model = Models.Svi.Model with { TopMlp = [3] } }, Models.Inputs);
        store.Save(new CheckpointPosition(1, 0, 0), "{}", writer => model.Save(writer, StateParts.Values), _ => { });

        CheckpointException exception = Assert.Throws<CheckpointException>(() => store.FindNewestValid().Newest!.Load(reader => other.Load(reader, StateParts.Values)));

        Assert.Equal(folder.File("step-1"), exception.Path);
        Assert.Contains("top.0.weight", exception.Message, StringComparison.Ordinal);
    }

    private static Trainer Make(DlrmModel model) =>
        new(model, new ClickSource(640, 32, seed: 1), new ClickSource(200, 64, seed: 2), new LocalCommunicator(), TimeProvider.System);

    private sealed class Appender(MetricsLog log) : IProgress<TrainingReport>
    {
        public void Report(TrainingReport value) => log.Append(MetricsRecord.Of(value));
    }
}
