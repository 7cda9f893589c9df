using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Measures how much each table and each tensor of a layer matters by the energy of its entries.</summary>
/// <remarks>
/// <code>root mean square = √( Σ over sampled rows i, columns j of W[i, j]² / (rows · columns) )</code>
/// <para>W is the table or the weight at the posterior means. Rows are spread evenly when there are more than <see cref="MostRows"/>. A zero tensor has 0.</para>
/// </remarks>
public static class EntryEnergy
{
    /// <summary>The most rows that are looked at.</summary>
    public const int MostRows = 4096;

    /// <summary>Measures every table and every weight that is a tensor.</summary>
    /// <param name="model">The model; its tensors use their means afterwards.</param>
    /// <returns>The root mean square of an entry by name, in the order of <see cref="TableReport.Of"/>.</returns>
    public static IReadOnlyDictionary<string, double> Of(DlrmModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Dictionary<string, double> energies = [];
        foreach (IEmbeddingBag bag in model.Bags)
        {
            bag.Tensor?.UseMeans();
            long[] ids = Spread(bag.Rows);
            energies[bag.Name] = Measure(model.Device, ids.Length, bag.EmbeddingDim, rows => bag.Forward(JaggedIndices.OneHot(ids), rows));
        }

        foreach (BayesianTensor tensor in model.TensorizedLayers.Select(static layer => layer.Tensor))
        {
            energies[tensor.Name] = tensor.IsZero ? 0 : OfTensor(model.Device, tensor);
        }

        return energies;
    }

    private static double OfTensor(IDevice device, BayesianTensor tensor)
    {
        long[] ids = Spread(tensor.Format.Rows);
        using RowGroups groups = new(device);
        device.GroupRows(JaggedIndices.OneHot(ids), groups);
        using IRowEvaluator evaluator = tensor.Format.CreateRowEvaluator(device);
        return Measure(device, ids.Length, tensor.Format.Columns, rows => evaluator.Rows(tensor.Format, tensor.Means(), groups, rows));
    }

    private static long[] Spread(long rows)
    {
        int count = (int)Math.Min(rows, MostRows);
        return [.. Enumerable.Range(0, count).Select(i => (long)((Int128)i * rows / count))];
    }

    private static double Measure(IDevice device, int rows, int columns, Action<Matrix> evaluate)
    {
        using DeviceBuffer<float> buffer = device.Allocate<float>((long)rows * columns);
        evaluate(new Matrix(buffer, rows, columns));
        return Math.Sqrt(device.SumOfSquares(buffer) / buffer.Length);
    }
}
