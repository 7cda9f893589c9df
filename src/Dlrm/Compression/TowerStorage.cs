using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Planning;

namespace Dlrm.Compression;

/// <summary>Chooses the storage type of both towers.</summary>
internal static class TowerStorage
{
    private static readonly StorageType[] Types = [StorageType.Float32, StorageType.Float16, StorageType.Int8];

    /// <summary>Chooses.</summary>
    /// <param name="source">The model.</param>
    /// <param name="options">A type, or bytes or an error.</param>
    /// <returns>The type.</returns>
    internal static StorageType Choose(SourceModel source, CompressionOptions options)
    {
        if (options.TowerStorage is StorageType given)
        {
            return given;
        }

        if (options.Error is not double error)
        {
            return Types.FirstOrDefault(type => Bytes(source, type) <= options.Bytes / 4, StorageType.Int8);
        }

        Errors errors = new();
        source.WriteTowers(errors);
        return Types.LastOrDefault(type => errors.Worst[type] <= error, StorageType.Float32);
    }

    /// <summary>Counts the bytes of both towers.</summary>
    /// <param name="source">The model.</param>
    /// <param name="type">The storage type of weights.</param>
    /// <returns>Weights, scales and biases.</returns>
    internal static long Bytes(SourceModel source, StorageType type) =>
        TowerPlanner.Plan(source.Options with { Model = source.Options.Model with { Storage = new StorageOptions { Mlps = type } } }, source.Inputs).Sum(static layer => layer.Bytes);

    /// <summary>Measures the largest relative error of a tensor in every type.</summary>
    private sealed class Errors : IStateWriter
    {
        internal Dictionary<StorageType, double> Worst { get; } = Types.ToDictionary(static type => type, static _ => 0.0);

        public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
        {
            float[] numbers = values.ToArray();
            double squares = System.Numerics.Tensors.TensorPrimitives.SumOfSquares(numbers.AsSpan());
            foreach (StorageType type in Types)
            {
                double lost = squares > 0 ? StorageRounding.SquaredError(type, shape, numbers) / squares : 0;
                Worst[type] = Math.Max(Worst[type], Math.Sqrt(lost));
            }
        }

        public void Write(string name, ReadOnlySpan<double> values)
        {
        }

        public void Write(string name, ReadOnlySpan<long> values)
        {
        }
    }
}
