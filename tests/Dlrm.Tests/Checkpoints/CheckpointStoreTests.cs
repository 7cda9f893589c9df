using Dlrm.Checkpoints;

namespace Dlrm.Tests.Checkpoints;

public sealed class CheckpointStoreTests
{
    private const string Options = "{\"seed\": 1}";

    [Fact]
    public void Save_ThenFind_GivesPositionTensorsAndFingerprintBack()
    {
        using TemporaryFolder folder = new();
        using SmallState state = new(5);
        CheckpointStore store = new(folder.File("checkpoints"));

        store.Save(new CheckpointPosition(1234, 2, 99), Options, state.SaveModel, state.SaveOptimizer);

        CheckpointSearch search = store.FindNewestValid();
        Assert.Equal(new CheckpointPosition(1234, 2, 99), search.Newest!.Position);
        Assert.Equal(CheckpointStore.Fingerprint(Options), search.Newest.OptionsFingerprint);
        Assert.Equal(5, SmallState.Load(search.Newest));
        Assert.Empty(search.Rejected);
    }

    [Fact]
    public void Save_OptimizerThatWritesEverything_StoresNoTensorTwice()
    {
        using TemporaryFolder folder = new();
        using SmallState state = new(6);
        CheckpointStore store = new(folder.Path);

        store.Save(new CheckpointPosition(1, 0, 0), Options, state.SaveModel, writer => { state.SaveOptimizer(writer); state.SaveModel(writer); });

        Checkpoint checkpoint = store.FindNewestValid().Newest!;
        Assert.Equal(6, SmallState.Load(checkpoint));
        using SafetensorsReader optimizer = new(Path.Combine(checkpoint.Path, "optimizer.safetensors"));
        Assert.Equal(["tables.0.core.0.accumulator", "trainer.counters", "trainer.empty"], optimizer.Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void Save_ContentThatThrows_LeavesNothingBehind()
    {
        using TemporaryFolder folder = new();
        using SmallState state = new(6);
        CheckpointStore store = new(folder.Path);

        Assert.Throws<NotFiniteNumberException>(() => store.Save(new CheckpointPosition(1, 0, 0), Options, state.SaveModel, _ => throw new NotFiniteNumberException()));

        Assert.Empty(Directory.GetDirectories(folder.Path));
    }

    [Fact]
    public void Load_TensorThatNeitherFileHas_NamesIt()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.Path);
        Save(store, 1, 1);

        CheckpointException exception = Assert.Throws<CheckpointException>(() => store.FindNewestValid().Newest!.Load(reader => reader.ReadDoubles("tables.9.lambda.1")));

        Assert.Equal("tables.9.lambda.1", exception.Tensor);
    }

    [Fact]
    public void FindNewestValid_NoFolder_FindsNothing()
    {
        using TemporaryFolder folder = new();

        CheckpointSearch search = new CheckpointStore(folder.File("none")).FindNewestValid();

        Assert.Null(search.Newest);
        Assert.Empty(search.Rejected);
    }

    [Fact]
    public void FindNewestValid_StrangeNames_AreLeftAlone()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.Path);
        Save(store, 7, 1);
        foreach (string name in (string[])["step-", "step-08", "step-9x", "step--9", "step-99999999999999999999", "steps", "step-9.tmp", "step-9.old.old"])
        {
            Directory.CreateDirectory(folder.File(name));
        }

        CheckpointSearch search = store.FindNewestValid();

        Assert.Equal(7, search.Newest!.Position.Step);
        Assert.Empty(search.Rejected);
    }

    [Theory]
    [InlineData(1, "step-40")]
    [InlineData(2, "step-30 step-40")]
    [InlineData(3, "step-9 step-30 step-40")]
    [InlineData(9, "step-4 step-9 step-30 step-40")]
    public void Save_MoreThanToKeep_DeletesTheOldestSteps(int keep, string expected)
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.Path, keep);

        Save(store, 4, 1);
        Save(store, 9, 2);
        Save(store, 30, 3);
        Save(store, 40, 4);

        IEnumerable<string> names = Directory.GetDirectories(folder.Path).Select(path => Path.GetFileName(path)!).OrderBy(name => int.Parse(name[5..]));
        Assert.Equal(expected, string.Join(' ', names));
    }

    [Fact]
    public void Save_SameStepAgain_ReplacesIt()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.Path);
        Save(store, 10, 1);

        Save(store, 10, 2);

        Assert.Equal(2, SmallState.Load(store.FindNewestValid().Newest!));
        Assert.Equal([folder.File("step-10")], Directory.GetDirectories(folder.Path));
    }

    [Fact]
    public void Save_AStepBeforeTheNewest_KeepsBoth()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.Path, keep: 1);
        Save(store, 20, 1);

        Save(store, 10, 2);

        Assert.Equal(2, Directory.GetDirectories(folder.Path).Length);
    }

    [Fact]
    public void Save_Always_FlushesEveryFileAndFolderBeforeTheNameThatCounts()
    {
        using TemporaryFolder folder = new();
        using SmallState state = new(1);
        FailingFiles files = new(failAt: -1, dies: false);

        new CheckpointStore(folder.Path, 3, files).Save(new CheckpointPosition(3, 0, 0), Options, state.SaveModel, state.SaveOptimizer);

        Assert.Equal(
            [
                "folder " + Path.GetFileName(folder.Path),
                "folder step-3.tmp",
                "create model.safetensors", "flush model.safetensors",
                "create optimizer.safetensors", "flush optimizer.safetensors",
                "create manifest.json", "flush manifest.json",
                "flush step-3.tmp",
                "move to step-3",
                "flush " + Path.GetFileName(folder.Path),
            ],
            files.Operations);
    }

    [Theory]
    [InlineData(false, 20)]
    [InlineData(true, 20)]
    [InlineData(false, 10)]
    [InlineData(true, 10)]
    public void Save_FailureAtEveryPoint_LeavesAWholeCheckpointAndDoesNotBlockTheNext(bool dies, long step)
    {
        bool hasFailed = true;
        int points = 0;
        for (; hasFailed; points++)
        {
            using TemporaryFolder folder = new();
            CheckpointStore sound = new(folder.Path, 2, new FailingFiles(failAt: -1, dies: false));
            Save(sound, 10, 1);
            using SmallState state = new(2);
            FailingFiles files = new(points, dies);
            bool isSaved = true;
            try
            {
                new CheckpointStore(folder.Path, 2, files).Save(new CheckpointPosition(step, 0, 0), Options, state.SaveModel, state.SaveOptimizer);
            }
            catch (CheckpointException exception)
            {
                Assert.Contains("No space left", exception.Message, StringComparison.Ordinal);
                isSaved = false;
            }

            hasFailed = files.HasFailed;
            CheckpointSearch search = sound.FindNewestValid();
            int found = SmallState.Load(search.Newest!);
            Assert.True(isSaved ? found == 2 : found is 1 or 2, $"Point {points}: found version {found}.");
            Assert.Empty(search.Rejected);

            Save(sound, 30, 3);
            Assert.Equal(3, SmallState.Load(sound.FindNewestValid().Newest!));
            Assert.DoesNotContain(Directory.GetDirectories(folder.Path), path => Path.HasExtension(path));
        }

        Assert.True(points > 30, $"Only {points} points were tried.");
    }

    [Fact]
    public void Save_ReadOnlyParent_SaysWhereAndWhatToDo()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("checkpoints"), "a file, where the folder should be");
        CheckpointStore store = new(folder.File("checkpoints"));

        CheckpointException exception = Assert.Throws<CheckpointException>(() => Save(store, 3, 1));

        Assert.StartsWith(folder.File("checkpoints/step-3") + ": The checkpoint can't be written: ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("Older checkpoints are as they were: make room or mend the disk, then resume.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FindNewestValid_NewestDamaged_FallsBackAndSaysSo()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.Path);
        Save(store, 10, 1);
        Save(store, 20, 2);
        Save(store, 30, 3);
        File.Delete(folder.File("step-30/optimizer.safetensors"));
        File.WriteAllText(folder.File("step-20/manifest.json"), "{}");

        CheckpointSearch search = store.FindNewestValid();

        Assert.Equal(1, SmallState.Load(search.Newest!));
        Assert.Equal([folder.File("step-30"), folder.File("step-20")], search.Rejected.Select(rejected => rejected.Path));
        Assert.Contains("optimizer.safetensors: The file can't be read", search.Rejected[0].Reason, StringComparison.Ordinal);
        Assert.Contains("manifest.json: The manifest is damaged", search.Rejected[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NewerFormatVersion_SaysWhichAndWhatToDo()
    {
        using TemporaryFolder folder = new();
        Save(new CheckpointStore(folder.Path), 1, 1);
        string path = folder.File("step-1/manifest.json");
        File.WriteAllBytes(path, (CheckpointManifest.Read(path) with { FormatVersion = 2 }).ToBytes());

        CheckpointException exception = Assert.Throws<CheckpointException>(() => Checkpoint.Open(folder.File("step-1")));

        Assert.Equal(path + ": The checkpoint has format version 2; this library reads version 1. Use the library's version that wrote it, or a newer one.", exception.Message);
    }

    private static void Save(CheckpointStore store, long step, int version)
    {
        using SmallState state = new(version);
        store.Save(new CheckpointPosition(step, 0, step * 8), Options, state.SaveModel, state.SaveOptimizer);
    }
}
