using Dlrm.Embeddings;

namespace Dlrm.Checkpoints;

/// <summary>Receives named tensors in whatever element type.</summary>
public interface ITensorFileWriter : IStateWriter
{
    /// <summary>Writes a tensor as the bytes that it has in the file.</summary>
    /// <param name="name">Its name, unique in the file.</param>
    /// <param name="type">Its element type as safetensors names it: "F16", "I8", "U8".</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="bytes">The elements, row-major, little-endian.</param>
    void WriteBytes(string name, string type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes);
}
