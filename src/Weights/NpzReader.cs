namespace Dlrm.Weights;

/// <summary>Reads NumPy arrays in a zip file.</summary>
internal static class NpzReader
{
    private const string Extension = ".npy";

    /// <summary>Reads the header of every array; other entries are listed as not understood.</summary>
    /// <param name="entries">The zip file's entries.</param>
    /// <returns>The arrays.</returns>
    internal static WeightListing Read(ZipEntries entries)
    {
        List<StoredTensor> tensors = [];
        long others = 0;
        foreach (ZipEntry entry in entries.All)
        {
            if (!entry.Name.EndsWith(Extension, StringComparison.Ordinal))
            {
                others++;
                continue;
            }

            byte[] head = entries.Head(entry, NpyReader.HeadBytes(entries.Head(entry, NpyReader.PrefixBytes)));
            tensors.Add(NpyReader.Read(entry.Name[..^Extension.Length], head, entries.Open(entry), entry.Name));
        }

        OpaqueNode[] opaque = others == 0 ? [] : [new OpaqueNode("zip entry that is no .npy", others)];
        return new WeightListing(WeightFormat.Npz, tensors, opaque, [.. entries.Owned]);
    }
}
