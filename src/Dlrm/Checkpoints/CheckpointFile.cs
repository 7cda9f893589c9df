using Dlrm.Embeddings;

namespace Dlrm.Checkpoints;

/// <summary>One file of a checkpoint or a compact model, as its description has it.</summary>
public sealed record CheckpointFile
{
    /// <summary>Gets the name in the checkpoint's folder.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the length in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets the SHA-256 in lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Gets the checksum of each tensor, in file order: they tell which one was hit.</summary>
    public required IReadOnlyList<TensorChecksum> Tensors { get; init; }

    /// <summary>Writes a safetensors file and flushes it to disk.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name in it.</param>
    /// <param name="content">Writes the tensors; called twice.</param>
    /// <returns>What the description notes.</returns>
    internal static CheckpointFile Write(ICheckpointFiles files, string folder, string name, Action<ITensorFileWriter> content)
    {
        using Stream stream = files.Create(Path.Combine(folder, name));
        using HashingStream hashing = new(stream);
        IReadOnlyList<TensorChecksum> tensors = SafetensorsWriter.Save(hashing, content);
        files.Flush(stream);
        return new CheckpointFile { Name = name, Bytes = hashing.Length, Sha256 = hashing.TakeHash(), Tensors = tensors };
    }
}
