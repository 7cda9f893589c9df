using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dlrm.Weights.Tests.Support;

namespace Dlrm.Weights.Tests;

/// <summary>Containers of more than 4 GiB.</summary>
public sealed class Zip64Tests
{
    /// <summary>A sparse file of 5 GiB: the storage's header stands behind 2^32, and every size of the directory is in its ZIP64 fields.</summary>
    [Fact]
    public void Open_TorchZipAbove4GiB_ReadsTheStorage()
    {
        const long StoragePlace = 5L << 30;
        using TemporaryFolder folder = new();
        byte[] pickle = PickleWriter.Of(static pickle => pickle.Tensor("0", 24, 0, [6, 4], [4, 1]));
        string path = folder.Write("large.pt", Local("a/data.pkl", pickle));
        using (FileStream stream = new(path, FileMode.Open))
        {
            stream.Position = StoragePlace;
            stream.Write(Local("a/data/0", WeightSamples.TableBytes));
            long directory = stream.Position;
            stream.Write(Entry("a/data.pkl", pickle.Length, 0));
            stream.Write(Entry("a/data/0", 96, StoragePlace));
            long end = stream.Position;
            stream.Write([.. "PK\u0006\u0006"u8, .. Eight(44), 45, 0, 45, 0, .. new byte[8], .. Eight(2), .. Eight(2), .. Eight(end - directory), .. Eight(directory)]);
            stream.Write([.. "PK\u0006\u0007"u8, 0, 0, 0, 0, .. Eight(end), 1, 0, 0, 0]);
            stream.Write([.. "PK\u0005\u0006"u8, 0, 0, 0, 0, .. Enumerable.Repeat((byte)255, 12), 0, 0]);
        }

        using WeightFile file = WeightFile.Open(path);

        Assert.True(file.Bytes > StoragePlace);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(WeightSamples.TableBytes)), Assert.Single(file.Tensors).Sha256());
    }

    private static byte[] Local(string name, byte[] content) =>
        [.. "PK\u0003\u0004"u8, 45, 0, .. new byte[20], (byte)name.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(name), .. content];

    private static byte[] Entry(string name, long bytes, long place) =>
    [
        .. "PK\u0001\u0002"u8, 45, 0, 45, 0, .. new byte[12], .. Enumerable.Repeat((byte)255, 8), (byte)name.Length, 0, 28, 0, .. new byte[10], 255, 255, 255, 255,
        .. Encoding.ASCII.GetBytes(name), 1, 0, 24, 0, .. Eight(bytes), .. Eight(bytes), .. Eight(place),
    ];

    private static byte[] Eight(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
