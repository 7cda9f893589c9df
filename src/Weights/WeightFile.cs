namespace Dlrm.Weights;

/// <summary>A file of weights of another program, opened without running any code of it and without reading the weights.</summary>
/// <remarks>
/// PyTorch checkpoints (zip and legacy), safetensors, .npy and .npz, tables of words in text or in word2vec's binary form; told apart by their first bytes.
/// Files are not trusted: everything is checked against the length of the file before it is used, and opening one is limited in time and memory.
/// </remarks>
public sealed class WeightFile : IDisposable
{
    private readonly WeightListing _listing;
    private readonly IDisposable? _file;

    private WeightFile(ByteSource source, WeightListing listing, IDisposable? file)
    {
        Path = source.Path;
        Bytes = source.Length;
        _listing = listing;
        _file = file;
    }

    /// <summary>Gets the file's path.</summary>
    public string Path { get; }

    /// <summary>Gets the file's length.</summary>
    public long Bytes { get; }

    /// <summary>Gets the format.</summary>
    public WeightFormat Format => _listing.Format;

    /// <summary>Gets the tensors, in the order of the file. Names of optimizer states may repeat.</summary>
    public IReadOnlyList<StoredTensor> Tensors => _listing.Tensors;

    /// <summary>Gets what was not understood, by name.</summary>
    public IReadOnlyList<OpaqueNode> Opaque => _listing.Opaque;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What opening may cost; null: the defaults.</param>
    /// <returns>The file; its tensors can be read until it is disposed.</returns>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="WeightFormatException">It is no file of weights, or is refused.</exception>
    public static WeightFile Open(string path, WeightFileLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileSource file = new(path);
        try
        {
            return Open(file, limits ?? new WeightFileLimits(), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="WeightFormatException">None has the name, or several have.</exception>
    public StoredTensor Find(string name)
    {
        StoredTensor[] found = [.. Tensors.Where(tensor => tensor.Name == name).Take(2)];
        return found.Length == 1
            ? found[0]
            : throw new WeightFormatException(
                Path, $"{(found.Length == 0 ? "None" : "More than one")} of its {Tensors.Count} tensors is named '{WeightFormatException.Printable(name)}'.", "'dlrm inspect' lists the names.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable owned in _listing.Owned)
        {
            owned.Dispose();
        }

        _file?.Dispose();
    }

    /// <summary>Opens bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="limits">What opening may cost.</param>
    /// <param name="file">What to release with it.</param>
    /// <returns>The file.</returns>
    internal static WeightFile Open(ByteSource source, WeightFileLimits limits, IDisposable? file = null)
    {
        ReadBudget budget = new(source.Path, limits);
        return new WeightFile(source, WeightFormats.Read(source, budget), file);
    }
}
