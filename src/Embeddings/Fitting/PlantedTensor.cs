using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A random low-rank tensor of known ranks with entries of unit mean square, some of whose rows are seen under noise.</summary>
/// <remarks><code>y[n, j] = W[row_n, j] + noise · N(0, 1)        factors of W ~ N(0, 1), W scaled</code></remarks>
public sealed class PlantedTensor
{
    private readonly long[] _order;
    private readonly int _seen;
    private readonly float[] _observed;
    private readonly float[] _table;

    /// <summary>Initializes a new instance of the <see cref="PlantedTensor"/> class.</summary>
    /// <param name="device">Draws and expands it; not kept.</param>
    /// <param name="format">The format with its true ranks.</param>
    /// <param name="noise">The standard deviation of the noise, relative to the root mean square of an entry.</param>
    /// <param name="seen">The share of rows that are seen, in (0, 1).</param>
    /// <param name="seed">The seed of everything.</param>
    /// <exception cref="ArgumentOutOfRangeException">No row would be seen, or none unseen.</exception>
    public PlantedTensor(IDevice device, LowRankFormat format, double noise, double seen, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(format);
        int rows = checked((int)format.Rows);
        _seen = (int)(rows * seen);
        if (_seen < 1 || _seen >= rows)
        {
            throw new ArgumentOutOfRangeException(nameof(seen), seen, $"{_seen} of {rows} rows would be seen; some must be, and some not.");
        }

        Format = format;
        RandomStream stream = new RandomStream(seed, 0).Derive(77);
        BayesianTensor tensor = new(device, "planted", format, new OptimizerOptions(), new RankPriorOptions { Inference = InferenceKind.FixedRanks }, stream.Derive(0), entryDeviation: 1);
        using TensorEmbeddingBag bag = new(device, tensor, PoolingType.Sum);
        _table = Expand(device, bag);
        float scale = (float)(1 / Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(_table) / (double)_table.Length));
        System.Numerics.Tensors.TensorPrimitives.Multiply(_table, scale, _table);
        EpochOrder order = new(rows, seed);
        _order = [.. Enumerable.Range(0, rows).Select(_ => (long)order.Next())];
        int columns = format.Columns;
        using DeviceBuffer<float> draws = device.Allocate<float>((long)_seen * columns);
        device.FillNormal(draws, stream.Derive(1), (float)noise);
        _observed = draws.ToArray();
        for (int n = 0; n < _seen; n++)
        {
            Span<float> observed = _observed.AsSpan(n * columns, columns);
            System.Numerics.Tensors.TensorPrimitives.Add(observed, _table.AsSpan((int)_order[n] * columns, columns), observed);
        }
    }

    /// <summary>Gets the format with the true ranks.</summary>
    public LowRankFormat Format { get; }

    /// <summary>Gets the ids of the rows that are seen.</summary>
    public ReadOnlySpan<long> SeenRows => _order.AsSpan(0, _seen);

    /// <summary>Gets their noisy entries, (rows, columns) row-major.</summary>
    public ReadOnlySpan<float> Observed => _observed;

    /// <summary>Computes the root mean square error on the rows that were not seen, against the entries without noise.</summary>
    /// <param name="device">The device of <paramref name="bag"/>.</param>
    /// <param name="bag">A fit, whose means are in use; at the rows' unit mean square.</param>
    /// <returns>The error.</returns>
    public double UnseenError(IDevice device, TensorEmbeddingBag bag)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(bag);
        float[] fitted = Expand(device, bag);
        int columns = Format.Columns;
        double sum = 0;
        for (int n = _seen; n < _order.Length; n++)
        {
            int start = (int)_order[n] * columns;
            double distance = System.Numerics.Tensors.TensorPrimitives.Distance(fitted.AsSpan(start, columns), _table.AsSpan(start, columns));
            sum += distance * distance;
        }

        return Math.Sqrt(sum / ((long)(_order.Length - _seen) * columns));
    }

    private static float[] Expand(IDevice device, TensorEmbeddingBag bag)
    {
        int rows = (int)bag.Rows;
        JaggedIndices all = JaggedIndices.OneHot([.. Enumerable.Range(0, rows).Select(row => (long)row)]);
        using DeviceBuffer<float> buffer = device.Allocate<float>((long)rows * bag.EmbeddingDim);
        bag.Forward(all, new Matrix(buffer, rows, bag.EmbeddingDim));
        return buffer.ToArray();
    }
}
