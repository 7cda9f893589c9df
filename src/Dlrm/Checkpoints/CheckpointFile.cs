namespace Dlrm.Checkpoints;

/// <summary>One file of a checkpoint, as its manifest describes it.</summary>
internal sealed record CheckpointFile
{
    /// <summary>Gets the name in the checkpoint's folder.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the length in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets the SHA-256 in lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Gets the checksum of each tensor, in file order: they tell which one was hit.</summary>
    public required IReadOnlyList<TensorChecksum> Tensors { get; init; }
}
