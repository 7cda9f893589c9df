using System.Numerics.Tensors;
using Dlrm.Checkpoints;
using Dlrm.Compression.Methods;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression;

/// <summary>How far the rows of a stored table are from those that it was made of.</summary>
/// <param name="Relative">‖W − Ŵ‖ / ‖W‖; 0 for a table of zeros.</param>
/// <param name="WorstRow">The largest ‖w − ŵ‖ of a row, in units of the root mean square of ‖w‖.</param>
internal readonly record struct TableError(double Relative, double WorstRow)
{
    /// <summary>Compares all rows.</summary>
    /// <param name="table">W.</param>
    /// <param name="rebuilt">Ŵ.</param>
    /// <param name="squares">‖W‖².</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>The errors.</returns>
    internal static TableError Between(IRowSource table, IRowSource rebuilt, double squares, CancellationToken cancellation)
    {
        int columns = table.Columns;
        float[] ours = [];
        double total = 0;
        double worst = 0;
        MethodInput.ForEachBlock(table, (row, theirs) =>
        {
            Array.Resize(ref ours, theirs.Length);
            rebuilt.Read(row, theirs.Length / columns, ours);
            TensorPrimitives.Subtract(theirs, ours, ours);
            for (int start = 0; start < ours.Length; start += columns)
            {
                double square = Squares(ours.AsSpan(start, columns));
                total += square;
                worst = Math.Max(worst, square);
            }
        }, cancellation);
        return squares > 0 ? new TableError(Math.Sqrt(total / squares), Math.Sqrt(worst * table.Rows / squares)) : new TableError(0, 0);
    }

    /// <summary>Computes Σ x², in double: errors are compared with what was asked to the last digit.</summary>
    /// <param name="values">x.</param>
    /// <returns>The sum.</returns>
    internal static double Squares(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += (double)value * value;
        }

        return sum;
    }

    /// <summary>Stores a table alone as a model would store it, and compares all rows.</summary>
    /// <param name="device">Computes.</param>
    /// <param name="table">The table.</param>
    /// <param name="compressor">Its methods.</param>
    /// <param name="point">What it becomes.</param>
    /// <param name="storage">The storage types.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>The errors: those of the same choice in a model.</returns>
    internal static TableError Of(IDevice device, SourceTable table, TableCompressor compressor, CompressionPoint point, StorageOptions storage, CancellationToken cancellation)
    {
        using Training.MemoryState state = new(device);
        compressor.Write(device, point, state);
        OptimizerOptions none = new() { Kind = OptimizerKind.Sgd };
        using IEmbeddingBag bag = EmbeddingBagFactory.Create(
            device, TableWriter.NameOf(table.Name), table.Rows.Rows, table.Rows.Columns, compressor.OptionsOf(point), none, none,
            new RankPriorOptions { Inference = InferenceKind.FixedRanks }, new RandomStream(0, 0));
        foreach (Parameter parameter in bag.Parameters)
        {
            parameter.Load(state, StateParts.Values);
            StorageRounding.Round(device, parameter, storage.Of(parameter));
        }

        bag.Tensor?.UseMeans();
        return Between(table.Rows, new BagRows(bag, device), compressor.Squares, cancellation);
    }
}
