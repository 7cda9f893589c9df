namespace Dlrm.Checkpoints;

/// <summary>The checksum of one tensor's bytes.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="Crc32C">CRC-32C of its bytes.</param>
public readonly record struct TensorChecksum(string Name, uint Crc32C);
