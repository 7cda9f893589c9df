using System.IO.Compression;
using Dlrm.Data.Images;
using Dlrm.TestSupport;

namespace Dlrm.Data.Tests.Images;

/// <summary>Tests of IDX files and of the folder of MNIST, on files of a few bytes.</summary>
public sealed class IdxFileTests
{
    private static readonly byte[] Images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 11, 12, 250, 251, 252];
    private static readonly byte[] Labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];

    /// <summary>Gets bytes that are no whole file of images, and what the message must say.</summary>
    public static TheoryData<byte[], string> Broken => new()
    {
        { [], "starts with the bytes (none)" },
        { [0, 0, 8], "starts with the bytes 00 00 08" },
        { "PAR1 and more"u8.ToArray(), "starts with the bytes 50 41 52 31; an IDX file of bytes with 3 dimensions starts with 00 00 08 03" },
        { Labels, "type 8 with 1 dimension, but type 8 (unsigned bytes) with 3 dimensions is expected" },
        { [0, 0, 13, 3, .. Images[4..]], "type 13 with 3 dimensions" },
        { Images[..13], "ends inside its header" },
        { Images[..^1], "promises 2 × 1 × 3 = 6 bytes" },
        { [.. Images, 0], "goes on after the 2 × 1 × 3 = 6 bytes" },
        { [.. Images[..4], 0, 0, 0, 0, .. Images[8..]], "promises 0 × 1 × 3 bytes" },
        { [.. Images[..4], 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], "promises 4294967295 × 4294967295 × 4294967295 bytes" },
        { [.. Images[..4], 0x7F, 255, 255, 0, .. Images[8..12], 0, 0, 0, 1, 1], "promises 2147483392 × 1 × 1 = 2147483392 bytes, more than the file can hold" },
    };

    [Fact]
    public void Read_PlainAndGzip_GiveTheSameArray()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["plain"], Images);
        File.WriteAllBytes(folder["packed"], Gzip(Images));

        foreach (string name in (string[])["plain", "packed"])
        {
            IdxArray array = IdxFile.Read(folder[name], 3);
            Assert.Equal([2, 1, 3], array.Sizes);
            Assert.Equal<byte>([10, 11, 12, 250, 251, 252], array.Values);
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Read_BrokenFile_SaysInOneSentenceWhatIsWrong(byte[] bytes, string problem)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["images"], bytes);
        File.WriteAllBytes(folder["images.gz"], Gzip(bytes));

        foreach (string name in (string[])["images", "images.gz"])
        {
            string message = Assert.Throws<DataFormatException>(() => IdxFile.Read(folder[name], 3)).Message;

            Assert.StartsWith(folder[name], message, StringComparison.Ordinal);
            Assert.Contains(problem, message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }
    }

    [Fact]
    public void Read_GzipCutOrChanged_IsSeen()
    {
        using TemporaryFolder folder = new();
        byte[] random = new byte[5000];
        new Random(1).NextBytes(random);
        byte[] packed = Gzip([0, 0, 8, 1, 0, 0, 5000 >> 8, 5000 & 255, .. random]);
        Assert.All((int[])[packed.Length - 9, packed.Length / 2, 15, 3], length =>
        {
            File.WriteAllBytes(folder["cut.gz"], packed[..length]);
            Assert.Contains("cut.gz", Assert.Throws<DataFormatException>(() => IdxFile.Read(folder["cut.gz"], 1)).Message, StringComparison.Ordinal);
        });
        packed[2000] ^= 1;
        File.WriteAllBytes(folder["changed.gz"], packed);
        Assert.Contains("damaged", Assert.Throws<DataFormatException>(() => IdxFile.Read(folder["changed.gz"], 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFile_NamesIt()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(folder["none"], Assert.Throws<DataFormatException>(() => IdxFile.Read(folder["none"], 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFolder_FourFiles_GivesBothSets()
    {
        using TemporaryFolder folder = new();
        Write(folder, Images, Labels);

        ImageFolder sets = ImageFolder.Read(folder.Root);

        Assert.Equal((2, 3), (sets.Training.Count, sets.Training.PixelsPerImage));
        Assert.Equal<byte>([7, 9], sets.Training.Labels.ToArray());
        Assert.Equal<byte>([10, 11, 12, 250, 251, 252], sets.Test.Pixels.ToArray());
    }

    [Fact]
    public void ReadFolder_SomethingWrong_NamesFileAndNumbers()
    {
        using TemporaryFolder folder = new();
        Says("There is no folder", folder["none"]);
        Write(folder, Images, Labels);
        File.Delete(folder["t10k-labels-idx1-ubyte"]);
        Says("lacks t10k-labels-idx1-ubyte (plain or .gz)", folder.Root);
        Write(folder, Images, [0, 0, 8, 1, 0, 0, 0, 2, 7, 10]);
        Says("label 1 is 10; it must be in [0, 10)", folder.Root);
        Write(folder, Images, [0, 0, 8, 1, 0, 0, 0, 1, 7]);
        Says("has 2 images but", folder.Root);
        Write(folder, Images, Labels);
        File.WriteAllBytes(folder["t10k-images-idx3-ubyte"], [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2]);
        Says("images of 3 pixels but", folder.Root);
    }

    [SkippableFact]
    public void ReadFolder_RealMnist_HasItsCounts()
    {
        ImageFolder sets = ImageFolder.Read(SharedData.Require("mnist"));

        Assert.Equal((ImageFolder.WholeTraining, 784), (sets.Training.Count, sets.Training.PixelsPerImage));
        Assert.Equal((10_000, 784), (sets.Test.Count, sets.Test.PixelsPerImage));

        // The first labels of both sets, as everybody prints them.
        Assert.Equal<byte>([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], sets.Training.Labels[..10].ToArray());
        Assert.Equal<byte>([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], sets.Test.Labels[..10].ToArray());
    }

    [Fact]
    public void Split_LastImages_TakeThePlaceOfTheTest()
    {
        ImageFolder sets = new(new LabelledImages([1, 2, 3, 4, 5, 6], [0, 1, 2]), new LabelledImages([9, 9], [0]));

        ImageFolder split = sets.Split(1);

        Assert.Equal<byte>([1, 2, 3, 4], split.Training.Pixels.ToArray());
        Assert.Equal<byte>([2], split.Test.Labels.ToArray());
        Assert.Equal<byte>([5, 6], split.Test.Pixels.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => sets.Split(3));
    }

    private static void Says(string problem, string path) =>
        Assert.Contains(problem, Assert.Throws<DataFormatException>(() => ImageFolder.Read(path)).Message, StringComparison.Ordinal);

    private static void Write(TemporaryFolder folder, byte[] images, byte[] labels)
    {
        foreach (string set in (string[])["train", "t10k"])
        {
            File.WriteAllBytes(folder[$"{set}-images-idx3-ubyte"], images);
            File.WriteAllBytes(folder[$"{set}-labels-idx1-ubyte"], labels);
        }
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.Optimal))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }
}
