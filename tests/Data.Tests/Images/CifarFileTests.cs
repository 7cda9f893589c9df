using System.IO.Compression;
using Dlrm.Data.Images;
using Dlrm.TestSupport;

namespace Dlrm.Data.Tests.Images;

/// <summary>Files in the binary form of CIFAR-10.</summary>
public sealed class CifarFileTests
{
    private const int Plane = 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReadFolder_TwoTrainingBatches_PutsTheColoursOfAPixelTogether(bool isGzip)
    {
        using TemporaryFolder folder = new();
        Write(folder, "data_batch_1.bin", [.. Image(3), .. Image(9)], isGzip);
        Write(folder, "data_batch_2.bin", Image(4), isGzip);
        Write(folder, "test_batch.bin", Image(7), isGzip);

        ImageFolder sets = ImageFolder.Read(folder.Root);

        Assert.Equal<byte>([3, 9, 4], sets.Training.Labels.ToArray());
        Assert.Equal<byte>([7], sets.Test.Labels.ToArray());
        Assert.Equal(3 * Plane, sets.Training.PixelsPerImage);
        byte[] record = Image(9);
        Assert.Equal<byte>([record[1], record[1 + Plane], record[1 + (2 * Plane)], record[2], record[2 + Plane]], sets.Training.Pixels.Slice(3 * Plane, 5).ToArray());
    }

    [Fact]
    public void ReadFolder_SomethingWrong_NamesFileAndNumbers()
    {
        using TemporaryFolder folder = new();
        Write(folder, "data_batch_1.bin", Image(3), isGzip: false);
        Says("has data_batch_1.bin but no test_batch*.bin", folder.Root);
        Write(folder, "test_batch.bin", [], isGzip: false);
        Says("there is no image", folder.Root);
        Write(folder, "test_batch.bin", [.. Image(1), .. Image(10)], isGzip: false);
        Says("label 1 is 10; it must be in [0, 10)", folder.Root);
        Write(folder, "test_batch.bin", Image(1)[..1000], isGzip: false);
        Says("ends after 1000 bytes of a record of 3073", folder.Root);
        byte[] packed = Pack(Image(1));
        packed[packed.Length / 2] ^= 1;
        File.Delete(folder["test_batch.bin"]);
        File.WriteAllBytes(folder["test_batch.bin.gz"], packed);
        Says("damaged", folder.Root);
    }

    [SkippableFact]
    public void ReadFolder_RealSubset_HasItsCounts()
    {
        ImageFolder sets = ImageFolder.Read(SharedData.Require("cifar10-subset"));

        Assert.Equal((10_000, 1000), (sets.Training.Count, sets.Test.Count));

        // The known counts of the first training batch.
        Assert.Equal([1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981], Enumerable.Range(0, 10).Select(label => sets.Training.Labels.ToArray().Count(other => other == label)));
    }

    private static byte[] Image(byte label)
    {
        byte[] record = new byte[1 + (3 * Plane)];
        new Random(label).NextBytes(record);
        record[0] = label;
        return record;
    }

    private static byte[] Pack(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static void Write(TemporaryFolder folder, string name, byte[] bytes, bool isGzip) => File.WriteAllBytes(folder[isGzip ? name + ".gz" : name], isGzip ? Pack(bytes) : bytes);

    private static void Says(string problem, string path) =>
        Assert.Contains(problem, Assert.Throws<DataFormatException>(() => ImageFolder.Read(path)).Message, StringComparison.Ordinal);
}
