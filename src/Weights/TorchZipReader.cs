using System.Text;
using Dlrm.Weights.Pickling;

namespace Dlrm.Weights;

/// <summary>Reads PyTorch's zip container: NAME/data.pkl describes the tensors, NAME/data/KEY holds their storages.</summary>
internal static class TorchZipReader
{
    private const string PickleName = "data.pkl";

    /// <summary>Finds the pickle.</summary>
    /// <param name="entries">The zip file's entries.</param>
    /// <returns>Its entry, or null.</returns>
    internal static ZipEntry? FindPickle(ZipEntries entries) =>
        entries.Find(PickleName) ?? entries.All.FirstOrDefault(static entry => entry.Name.IndexOf('/', StringComparison.Ordinal) == entry.Name.Length - PickleName.Length - 1 && entry.Name.EndsWith("/" + PickleName, StringComparison.Ordinal));

    /// <summary>Reads a container.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="entries">The zip file's entries.</param>
    /// <param name="pickle">The pickle.</param>
    /// <param name="budget">Charged.</param>
    /// <returns>Its tensors.</returns>
    /// <exception cref="WeightFormatException">A tensor is not inside its storage, or a storage is missing.</exception>
    internal static WeightListing Read(string path, ZipEntries entries, ZipEntry pickle, ReadBudget budget)
    {
        string folder = pickle.Name[..^PickleName.Length];
        bool isBigEndian = IsBigEndian(path, entries, folder);
        OpaqueRegistry opaque = new();
        using Stream stream = entries.OpenForwards(pickle);
        object? root = PickleMachine.Load(new PickleInput(stream, pickle.Bytes, path, WeightFormatException.Printable(pickle.Name), budget), opaque);
        List<StoredTensor> tensors = [];
        foreach ((string name, PickleTensor tensor) in TensorSearch.Find(root, path, budget))
        {
            string storage = $"{folder}data/{tensor.Storage.Key}";
            ZipEntry entry = entries.Find(storage)
                ?? throw new WeightFormatException(path, $"Tensor '{WeightFormatException.Printable(name)}' is in the storage '{WeightFormatException.Printable(storage)}', which the file does not have.");
            tensors.Add(TorchStorages.View(name, tensor, entries.Open(entry), storage, isBigEndian));
        }

        return new WeightListing(WeightFormat.TorchZip, tensors, opaque.Nodes, [.. entries.Owned]);
    }

    private static bool IsBigEndian(string path, ZipEntries entries, string folder)
    {
        if (entries.Find(folder + "byteorder") is not ZipEntry entry)
        {
            return false;
        }

        string order = Encoding.Latin1.GetString(entries.Head(entry, 16));
        return order switch
        {
            "little" => false,
            "big" => true,
            _ => throw new WeightFormatException(path, $"Its byte order is '{WeightFormatException.Printable(order)}'; little and big are known."),
        };
    }
}
