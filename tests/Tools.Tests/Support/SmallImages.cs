namespace Dlrm.Tools.Tests.Support;

/// <summary>Images of digits that are learned in seconds, in the form of MNIST.</summary>
internal static class SmallImages
{
    /// <summary>The pixels of an image.</summary>
    internal const int Pixels = Side * Side;

    private const int Side = 4;

    /// <summary>Writes ten classes of images: the class brightens its own pixel.</summary>
    /// <param name="folder">Receives the folder "mnist".</param>
    /// <param name="training">The training images.</param>
    /// <param name="test">The test images.</param>
    internal static void Write(TemporaryFolder folder, int training, int test)
    {
        Directory.CreateDirectory(folder["mnist"]);
        Random random = new(1);
        foreach ((string name, int count) in (ReadOnlySpan<(string, int)>)[("train", training), ("t10k", test)])
        {
            byte[] labels = [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(10))];
            byte[] pixels = [.. labels.SelectMany(label => Enumerable.Range(0, Pixels).Select(p => (byte)(random.Next(100) + (p == label ? 150 : 0))))];
            byte[] size = [0, 0, (byte)(count >> 8), (byte)count];
            File.WriteAllBytes(folder[$"mnist/{name}-images-idx3-ubyte"], [0, 0, 8, 3, .. size, 0, 0, 0, Side, 0, 0, 0, Side, .. pixels]);
            File.WriteAllBytes(folder[$"mnist/{name}-labels-idx1-ubyte"], [0, 0, 8, 1, .. size, .. labels]);
        }
    }
}
