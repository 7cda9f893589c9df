using Dlrm.Checkpoints;

namespace Dlrm.Tests.Checkpoints;

/// <summary>Flips bits and cuts files of a small checkpoint: every damage is refused and the file named, and the tensor whose bytes were hit.</summary>
public sealed class CheckpointDamageTests : IDisposable
{
    private const int Seed = 20230828;
    private const int Flips = 2000;
    private const int Cuts = 500;

    private readonly TemporaryFolder _folder = new();
    private readonly string _checkpoint;
    private readonly string[] _files;

    public CheckpointDamageTests()
    {
        using SmallState state = new(3);
        _checkpoint = new CheckpointStore(_folder.Path).Save(new CheckpointPosition(1, 0, 0), "{}", state.SaveModel, state.SaveOptimizer);
        _files = Directory.GetFiles(_checkpoint);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_OneBitFlipped_NamesFileAndTensor()
    {
        Random random = new(Seed);
        int inTensors = 0;
        for (int flip = 0; flip < Flips; flip++)
        {
            string path = _files[flip % _files.Length];
            byte[] sound = File.ReadAllBytes(path);
            byte[] damaged = [.. sound];
            int place = random.Next(sound.Length);
            damaged[place] ^= (byte)(1 << random.Next(8));

            string? tensor = TensorAt(path, place);
            CheckpointException exception = Refuse(path, damaged, sound);

            Assert.Equal(path, exception.Path);
            if (tensor is not null)
            {
                Assert.Equal(tensor, exception.Tensor);
                inTensors++;
            }
        }

        Assert.True(inTensors > Flips / 20, $"Only {inTensors} flips hit a tensor.");
    }

    [Fact]
    public void Open_CutFile_NamesFileAndTensor()
    {
        Random random = new(Seed);
        for (int cut = 0; cut < Cuts; cut++)
        {
            string path = _files[cut % _files.Length];
            byte[] sound = File.ReadAllBytes(path);
            int length = random.Next(sound.Length);

            string? tensor = TensorAt(path, length);
            CheckpointException exception = Refuse(path, sound[..length], sound);

            Assert.Equal(path, exception.Path);
            Assert.Equal(tensor, exception.Tensor);
        }
    }

    [Fact]
    public void Open_LongerFile_IsRefused()
    {
        foreach (string path in _files)
        {
            byte[] sound = File.ReadAllBytes(path);

            CheckpointException exception = Refuse(path, [.. sound, 0], sound);

            Assert.Equal(path, exception.Path);
        }
    }

    [Fact]
    public void Open_FilesSwapped_AreRefused()
    {
        string model = Path.Combine(_checkpoint, "model.safetensors");
        string optimizer = Path.Combine(_checkpoint, "optimizer.safetensors");
        File.Copy(optimizer, model, overwrite: true);

        CheckpointException exception = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_checkpoint));

        Assert.Equal(model, exception.Path);
    }

    private static string? TensorAt(string path, int place)
    {
        if (!path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            return null;
        }

        using SafetensorsReader reader = new(path);
        long start = new FileInfo(path).Length - reader.Entries[^1].End;
        return reader.Entries.FirstOrDefault(entry => start + entry.Begin <= place && place < start + entry.End)?.Name;
    }

    private CheckpointException Refuse(string path, byte[] damaged, byte[] sound)
    {
        File.WriteAllBytes(path, damaged);
        CheckpointException exception = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_checkpoint));
        File.WriteAllBytes(path, sound);
        return exception;
    }
}
