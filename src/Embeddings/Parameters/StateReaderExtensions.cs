using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Checks on what a state reader gives.</summary>
internal static class StateReaderExtensions
{
    /// <summary>Reads a tensor that must have one shape.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <param name="destination">Receives the elements.</param>
    /// <exception cref="InvalidDataException">The shape differs; the message has both.</exception>
    internal static void ReadExactly(this IStateReader reader, string name, ReadOnlySpan<long> shape, DeviceBuffer<float> destination)
    {
        RequireShape(reader, name, shape);
        reader.Read(name, destination);
    }

    /// <inheritdoc cref="ReadExactly(IStateReader, string, ReadOnlySpan{long}, DeviceBuffer{float})"/>
    internal static void ReadExactly(this IStateReader reader, string name, ReadOnlySpan<long> shape, ShardedRows destination)
    {
        RequireShape(reader, name, shape);
        reader.Read(name, destination);
    }

    private static void RequireShape(IStateReader reader, string name, ReadOnlySpan<long> shape)
    {
        long[] found = reader.Shape(name);
        if (!found.AsSpan().SequenceEqual(shape))
        {
            throw new InvalidDataException(
                $"Tensor '{name}' has shape [{string.Join(", ", found)}] in the file, but the model's options make [{string.Join(", ", shape.ToArray())}]: load it with the options that it was saved with.");
        }
    }
}
