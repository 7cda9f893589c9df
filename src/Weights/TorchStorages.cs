using Dlrm.Weights.Pickling;

namespace Dlrm.Weights;

/// <summary>Lays PyTorch's tensors over the bytes of their storages.</summary>
internal static class TorchStorages
{
    /// <summary>Makes a checked view of a storage.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="bytes">The bytes of the whole storage.</param>
    /// <param name="storageName">The storage's name.</param>
    /// <param name="isBigEndian">The byte order.</param>
    /// <returns>The tensor in the file.</returns>
    /// <exception cref="WeightFormatException">The storage is not inside the bytes, or the tensor not inside the storage.</exception>
    internal static StoredTensor View(string name, PickleTensor tensor, ByteSource bytes, string storageName, bool isBigEndian)
    {
        PickleStorage storage = tensor.Storage;
        int size = storage.Type is ElementType type ? ElementTypes.BytesOf(type) : 1;
        Int128 end = ((Int128)storage.Start + storage.Elements) * size;
        if (storage.Start < 0 || storage.Elements < 0 || end > bytes.Length)
        {
            throw new WeightFormatException(
                bytes.Path, $"Tensor '{WeightFormatException.Printable(name)}' is in a storage of {storage.Elements} elements from {storage.Start} on, and the storage '{WeightFormatException.Printable(storageName)}' has {bytes.Length} bytes.");
        }

        ByteSource part = bytes.Slice(storage.Start * size, storage.Elements * size);
        return StoredTensor.Create(name, tensor.Type, tensor.Shape, tensor.Strides, tensor.Offset, isBigEndian, storageName, part);
    }
}
