using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Training;

namespace Dlrm.Compression;

/// <summary>What became of one weight or bias of the towers.</summary>
/// <param name="Name">The parameter: "top.0.weight".</param>
/// <param name="Shape">(outputs, inputs), or (outputs).</param>
/// <param name="Storage">How its numbers are stored.</param>
/// <param name="DenseBytes">What they are in float32.</param>
/// <param name="Bytes">What is stored.</param>
/// <param name="RelativeError">‖W − Ŵ‖ / ‖W‖; 0 for zeros.</param>
/// <param name="WorstRowError">The largest ‖w − ŵ‖ of an output, in units of the root mean square of ‖w‖.</param>
public sealed record CompressedTower(string Name, IReadOnlyList<long> Shape, StorageType Storage, long DenseBytes, long Bytes, double RelativeError, double WorstRowError)
{
    /// <summary>Compares the towers of a compressed model with those of its source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="model">The compressed model.</param>
    /// <returns>Every weight and bias, bottom first.</returns>
    public static IReadOnlyList<CompressedTower> Of(SourceModel source, DlrmModel model)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(model);
        using MemoryState before = new(model.Device);
        using MemoryState after = new(model.Device);
        source.WriteTowers(before);
        List<CompressedTower> towers = [];
        foreach (DenseParameter parameter in model.Parameters.OfType<DenseParameter>())
        {
            parameter.Save(after, StateParts.Values);
            long[] shape = after.Shape(parameter.Name);
            using DeviceBuffer<float> values = model.Device.Allocate<float>(parameter.StoredElements);
            before.Read(parameter.Name, values);
            float[] theirs = values.ToArray();
            after.Read(parameter.Name, values);
            float[] ours = values.ToArray();
            int columns = (int)(theirs.Length / shape[0]);
            double[] rows = [.. Enumerable.Range(0, (int)shape[0]).Select(row =>
                (double)System.Numerics.Tensors.TensorPrimitives.Distance(theirs.AsSpan(row * columns, columns), ours.AsSpan(row * columns, columns)))];
            double squares = System.Numerics.Tensors.TensorPrimitives.SumOfSquares(theirs.AsSpan());
            towers.Add(new CompressedTower(
                parameter.Name, shape, TensorCode.TypeOf(model.Options.Model.Storage.Of(parameter), shape.Length), theirs.Length * (long)sizeof(float),
                StoredBytesCounter.Count([parameter], model.Options.Model.Storage), squares > 0 ? Math.Sqrt(rows.Sum(row => row * row) / squares) : 0, squares > 0 ? rows.Max() / Math.Sqrt(squares / rows.Length) : 0));
        }

        return towers;
    }
}
