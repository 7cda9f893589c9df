using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Checkpoints;

/// <summary>Tests of <see cref="TtmFiles"/>.</summary>
public sealed class TtmFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    private string Path => _folder.File("table.safetensors");

    /// <inheritdoc/>
    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Load_SavedTable_LooksUpTheSameBits()
    {
        using TtmEmbeddingBag bag = new(100, [5, 5, 4], [2, 2, 2], [3, 4], PoolingType.Sum, seed: 1, _device);
        float[] expected = bag.LookUp(0, 57, 99);
        bag.Save(Path);

        using TtmEmbeddingBag loaded = TtmFiles.Load(Path, PoolingType.Sum, _device);

        Assert.Equal(bag.Shape, loaded.Shape);
        Assert.Equal(expected, loaded.LookUp(0, 57, 99));
        Assert.Equal(["table.safetensors"], Directory.GetFiles(_folder.Path).Select(file => System.IO.Path.GetFileName(file)));
    }

    [Fact]
    public void Save_SmallerStorage_TakesFewerBytesAndStaysNear()
    {
        using TtmEmbeddingBag bag = new(4000, [20, 20, 10], [2, 2, 4], [16, 16], PoolingType.Sum, seed: 1, _device);
        float[] expected = bag.LookUp([.. Enumerable.Range(0, 4000).Select(row => (long)row)]);
        bag.Save(Path);
        long full = new FileInfo(Path).Length;

        bag.Save(Path, StorageType.Int8);
        using TtmEmbeddingBag loaded = TtmFiles.Load(Path, PoolingType.Sum, _device);

        float[] actual = loaded.LookUp([.. Enumerable.Range(0, 4000).Select(row => (long)row)]);
        double error = Math.Sqrt(expected.Zip(actual, (a, b) => (double)(a - b) * (a - b)).Sum() / expected.Sum(a => (double)a * a));
        Assert.InRange(error, 1e-6, 0.02);
        Assert.InRange(new FileInfo(Path).Length, 1, full / 2);
    }

    [Fact]
    public void Load_WrongTensors_IsRefused()
    {
        File.WriteAllBytes(Path, []);
        using (FileStream stream = File.Create(Path))
        {
            SafetensorsWriter.Save(stream, writer =>
            {
                writer.Write("table.rows", new long[] { 1L << 40 });
                writer.Write("table.modes", new long[] { 1 << 20, 1 << 20, 1, 4 });
                writer.Write("table.ranks", new long[] { 1000 });
                using DeviceBuffer<float> small = _device.Allocate<float>(2);
                writer.Write("table.core.0", [1, 1, 2, 1], small);
            });
        }

        CheckpointException exception = Assert.Throws<CheckpointException>(() => TtmFiles.Load(Path, PoolingType.Sum, _device));

        Assert.Contains("'table.core.0' is 1 × 1 × 2 × 1, but modes and ranks make 1048576 × 1 × 1 × 1000", exception.Message, StringComparison.Ordinal);
    }
}
