using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Receives named tensors; a checkpoint implements it.</summary>
public interface IStateWriter
{
    /// <summary>Writes a float tensor.</summary>
    /// <param name="name">Its name, unique in the file.</param>
    /// <param name="shape">Its shape; the product is the number of elements taken from the buffer's start.</param>
    /// <param name="values">The elements, row-major.</param>
    void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values);

    /// <summary>Writes a float tensor whose rows are spread over workers.</summary>
    /// <param name="name">Its name, unique in the file.</param>
    /// <param name="shape">Its shape: the rows, and the columns unless it is a vector.</param>
    /// <param name="values">The rows; a file reads them in blocks, memory keeps those of this worker.</param>
    /// <exception cref="NotSupportedException">The writer takes whole tensors only.</exception>
    void Write(string name, ReadOnlySpan<long> shape, ShardedRows values) =>
        throw new NotSupportedException($"The rows of '{name}' are spread over workers, and {GetType().Name} takes whole tensors only: write it with one worker.");

    /// <summary>Writes a vector of doubles.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">The elements.</param>
    void Write(string name, ReadOnlySpan<double> values);

    /// <summary>Writes a vector of integers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">The elements.</param>
    void Write(string name, ReadOnlySpan<long> values);
}
