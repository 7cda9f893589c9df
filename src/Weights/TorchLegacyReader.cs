using System.Buffers.Binary;
using System.Numerics;
using Dlrm.Weights.Pickling;

namespace Dlrm.Weights;

/// <summary>Reads PyTorch's stream from before version 1.6: five pickles (magic number, protocol, system, the value, keys), then the storages.</summary>
internal static class TorchLegacyReader
{
    private const int CountBytes = 8;
    private const long Protocol = 1001;
    private const string WayOut = "Load it where it was made and save it again with torch.save.";

    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Gets how the magic number begins in protocols 0 and 1, which have no mark of their own.</summary>
    internal static ReadOnlySpan<byte> TextMagic => "L119547037146038801333356L\n"u8;

    /// <summary>Reads a stream.</summary>
    /// <param name="source">The file.</param>
    /// <param name="budget">Charged.</param>
    /// <returns>Its tensors.</returns>
    /// <exception cref="WeightFormatException">It is another kind of pickle, or a tensor is not inside its storage.</exception>
    internal static WeightListing Read(ByteSource source, ReadBudget budget)
    {
        OpaqueRegistry opaque = new();
        using SourceStream stream = new(source);
        PickleInput input = new(stream, source.Length, source.Path, "stream", budget);
        if (PickleMachine.Load(input, opaque) is not BigInteger magic || magic != Magic)
        {
            throw new WeightFormatException(source.Path, "It is a pickle that torch.save did not write.", "Load it where it was made and save its tensors with torch.save or as safetensors.");
        }

        if (PickleMachine.Load(input, opaque) is not long protocol || protocol != Protocol)
        {
            throw new WeightFormatException(source.Path, $"Its stream is of another version than {Protocol}.", WayOut);
        }

        _ = PickleMachine.Load(input, opaque);
        object? root = PickleMachine.Load(input, opaque);
        if (PickleMachine.Load(input, opaque) is not PickleList keys)
        {
            throw new WeightFormatException(source.Path, "Its list of storages is missing.");
        }

        IReadOnlyList<(string Name, PickleTensor Tensor)> found = TensorSearch.Find(root, source.Path, budget);
        Dictionary<string, ByteSource> storages = FindStorages(source, input.Position, keys, found, budget);
        List<StoredTensor> tensors = [];
        foreach ((string name, PickleTensor tensor) in found)
        {
            ByteSource bytes = storages.GetValueOrDefault(tensor.Storage.Key)
                ?? throw new WeightFormatException(source.Path, $"Tensor '{WeightFormatException.Printable(name)}' is in the storage '{WeightFormatException.Printable(tensor.Storage.Key)}', which the file does not have.");
            tensors.Add(TorchStorages.View(name, tensor, bytes, tensor.Storage.Key, isBigEndian: false));
        }

        return new WeightListing(WeightFormat.TorchLegacy, tensors, opaque.Nodes, []);
    }

    /// <summary>Walks over the storages: each is its number of elements and then the elements, whose size only the pickle tells.</summary>
    private static Dictionary<string, ByteSource> FindStorages(ByteSource source, long place, PickleList keys, IReadOnlyList<(string Name, PickleTensor Tensor)> found, ReadBudget budget)
    {
        Dictionary<string, int> sizes = new(StringComparer.Ordinal);
        foreach ((_, PickleTensor tensor) in found)
        {
            sizes[tensor.Storage.Key] = tensor.Storage.Type is ElementType type ? ElementTypes.BytesOf(type) : 1;
        }

        Dictionary<string, ByteSource> storages = new(StringComparer.Ordinal);
        Span<byte> count = stackalloc byte[CountBytes];
        foreach (object? key in keys.Items ?? [])
        {
            if (key is not string name || !sizes.TryGetValue(name, out int size))
            {
                throw new WeightFormatException(source.Path, $"Its storage '{WeightFormatException.Printable(key as string ?? "?")}' belongs to no tensor, so that its size is not known.", WayOut);
            }

            budget.Charge(160);
            source.Read(place, count);
            long elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (elements < 0 || elements > (source.Length - place) / size)
            {
                throw new WeightFormatException(source.Path, $"Its storage '{WeightFormatException.Printable(name)}' declares {elements} elements, and {source.Length - place} bytes are left: it is cut short.");
            }

            storages[name] = source.Slice(place + CountBytes, elements * size);
            place += CountBytes + (elements * size);
        }

        return storages;
    }
}
