using Dlrm.Weights.Words;

namespace Dlrm.Weights;

/// <summary>Tells the formats apart and chooses the reader.</summary>
internal static class WeightFormats
{
    private const int HeadBytes = 512;
    private const int TarMark = 257;

    /// <summary>Reads the listing of a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="budget">Charged.</param>
    /// <returns>The listing.</returns>
    /// <exception cref="WeightFormatException">No reader knows it, or its reader refuses it.</exception>
    internal static WeightListing Read(ByteSource source, ReadBudget budget)
    {
        byte[] head = new byte[(int)Math.Min(HeadBytes, source.Length)];
        source.Read(0, head);
        if (head.AsSpan().StartsWith("PK\u0003\u0004"u8) || head.AsSpan().StartsWith("PK\u0005\u0006"u8))
        {
            return ReadZip(source, budget);
        }

        if (head.AsSpan().StartsWith(NpyReader.Magic))
        {
            return NpyReader.ReadFile(source, Path.GetFileNameWithoutExtension(source.Path));
        }

        if (head.Length > 9 && head[8] == (byte)'{' && (head[9] <= (byte)' ' || head[9] is (byte)'"' or (byte)'}'))
        {
            return SafetensorsReader.Read(source, budget);
        }

        if ((head.Length > 1 && head[0] == 0x80 && head[1] <= 5) || head.AsSpan().StartsWith(TorchLegacyReader.TextMagic))
        {
            return TorchLegacyReader.Read(source, budget);
        }

        if (Name(head) is (string name, string wayOut))
        {
            throw new WeightFormatException(source.Path, $"It is {name}.", wayOut);
        }

        if (source.Path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return SafetensorsReader.Read(source, budget);
        }

        return WordTableReader.Read(source, Path.GetFileNameWithoutExtension(source.Path), budget)
            ?? throw new WeightFormatException(source.Path, "It is no file of weights that is known.", "PyTorch checkpoints, safetensors, .npy, .npz and tables of words are read.");
    }

    private static WeightListing ReadZip(ByteSource source, ReadBudget budget)
    {
        ZipEntries entries = new(source, budget);
        if (TorchZipReader.FindPickle(entries) is ZipEntry pickle)
        {
            return TorchZipReader.Read(source.Path, entries, pickle, budget);
        }

        return entries.All.Any(static entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal))
            ? NpzReader.Read(entries)
            : throw new WeightFormatException(source.Path, "It is a zip file without a data.pkl, as PyTorch writes, and without .npy, as NumPy does.", "Unpack it first, if weights are inside.");
    }

    /// <summary>Names what is often taken for a file of weights.</summary>
    private static (string Name, string WayOut)? Name(ReadOnlySpan<byte> head) =>
        head.Length >= TarMark + 5 && head.Slice(TarMark, 5).SequenceEqual("ustar"u8) ? ("a tar file, PyTorch's format of before version 0.1.10", "Load it with PyTorch and save it again with torch.save.")
        : head.StartsWith("\u001f"u8) && head.Length > 1 && head[1] == 0x8b ? ("compressed by gzip", "Unpack it first, with gunzip.")
        : head.Length > 4 && head[1..].StartsWith("HDF"u8) ? ("an HDF5 file", "Save its arrays with numpy.savez.")
        : head.IsEmpty ? ("empty", "Take another copy of the file.")
        : null;
}
