using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Gives named tensors back. A missing name or another shape is the reader's own exception, which names file and tensor.</summary>
public interface IStateReader
{
    /// <summary>Says whether a tensor is there.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Whether it is.</returns>
    bool Contains(string name);

    /// <summary>Gets the shape of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The shape.</returns>
    long[] Shape(string name);

    /// <summary>Reads a float tensor into the start of a buffer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Receives the elements; at least as long.</param>
    void Read(string name, DeviceBuffer<float> destination);

    /// <summary>Reads the own rows of a float tensor whose rows are spread over workers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Receives the rows of this worker.</param>
    /// <exception cref="NotSupportedException">The reader gives whole tensors only.</exception>
    void Read(string name, ShardedRows destination) =>
        throw new NotSupportedException($"The rows of '{name}' are spread over workers, and {GetType().Name} gives whole tensors only: read it with one worker.");

    /// <summary>Reads a vector of doubles.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The elements.</returns>
    double[] ReadDoubles(string name);

    /// <summary>Reads a vector of integers.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The elements.</returns>
    long[] ReadIntegers(string name);
}
