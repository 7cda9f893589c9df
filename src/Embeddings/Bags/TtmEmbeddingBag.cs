using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings;

/// <summary>An embedding table stored as a TT-matrix, for programs that need nothing else of this library.</summary>
/// <remarks>
/// <code>
/// E[i, j] = G[0][i0, :, j0, :] · G[1][i1, :, j1, :] · … · G[d−1][i(d−1), :, j(d−1), :]      core k: (I[k], R[k], J[k], R[k+1]), R[0] = R[d] = 1
/// output[b, :] = pool over i in indices[offsets[b] .. offsets[b + 1]) of weight[i] · E[indices[i], :]
/// </code>
/// <para>Row i is (i0, i1, …) in mixed radix over the row modes, the first most significant; columns likewise. It is the table of <see cref="Bag"/>, which also trains.</para>
/// <para>One thread at a time may call it.</para>
/// <para>Source: Yin et al., "TT-Rec: Tensor Train Compression for Deep Learning Recommendation Models", MLSys 2021.</para>
/// </remarks>
public sealed class TtmEmbeddingBag : IDisposable
{
    private readonly CpuDevice? _ownDevice;
    private readonly IDevice _device;
    private readonly GrowingMatrix _output;

    /// <summary>Initializes a new instance of the <see cref="TtmEmbeddingBag"/> class with random cores: entries of E have the standard deviation 1/√(3·rows).</summary>
    /// <param name="rows">I, at most the product of the row modes.</param>
    /// <param name="rowModes">I[0..d), d at least 2; <see cref="TtmModes.Rows"/> chooses balanced ones.</param>
    /// <param name="columnModes">J[0..d); their product is the embedding dimension. <see cref="TtmModes.Columns"/> chooses them.</param>
    /// <param name="ranks">The TT rank of each of d − 1 bonds.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="seed">Where the cores come from.</param>
    /// <param name="device">Where it lives, the caller's to dispose; null: a device of its own with one thread for each processor.</param>
    /// <param name="optimizer">The optimiser of the cores when <see cref="Bag"/> is trained; null: SGD, which keeps nothing.</param>
    /// <exception cref="ArgumentException">Modes and ranks are no TT-matrix of so many rows.</exception>
    public TtmEmbeddingBag(
        long rows, IReadOnlyList<int> rowModes, IReadOnlyList<int> columnModes, IReadOnlyList<int> ranks, PoolingType pooling, ulong seed, IDevice? device = null, OptimizerOptions? optimizer = null)
        : this(new TtmShape(rows, [.. rowModes], [.. columnModes], [1, .. ranks, 1]), pooling, seed, device, optimizer)
    {
    }

    private TtmEmbeddingBag(TtmShape shape, PoolingType pooling, ulong seed, IDevice? device, OptimizerOptions? optimizer)
    {
        TtmFormat format = new(shape);
        _ownDevice = device is null ? new CpuDevice(Environment.ProcessorCount) : null;
        _device = device ?? _ownDevice!;
        OptimizerOptions optimized = optimizer ?? new OptimizerOptions { Kind = OptimizerKind.Sgd };
        BayesianTensor tensor = new(
            _device, "table", format, optimized, new RankPriorOptions { Inference = InferenceKind.FixedRanks }, new RandomStream(seed, 0), 1 / Math.Sqrt(3.0 * shape.Rows));
        Bag = new TensorEmbeddingBag(_device, tensor, pooling);
        Pooling = pooling;
        _output = new GrowingMatrix(_device, shape.EmbeddingDim);
    }

    /// <summary>Gets the table with its cores, for training: <see cref="IEmbeddingBag.Forward"/>, <see cref="IEmbeddingBag.Backward"/>, <see cref="IEmbeddingBag.Parameters"/>.</summary>
    public TensorEmbeddingBag Bag { get; }

    /// <summary>Gets sum or mean.</summary>
    public PoolingType Pooling { get; }

    /// <summary>Gets rows, modes and TT ranks.</summary>
    public TtmShape Shape => ((TtmFormat)Bag.Tensor.Format).Shape;

    /// <summary>Gets the bytes of the cores in float32.</summary>
    public long Bytes => Bag.Tensor.StoredElements * sizeof(float);

    /// <summary>Decomposes a matrix by TT-SVD.</summary>
    /// <param name="matrix">E, row-major.</param>
    /// <param name="embeddingDim">Its columns J.</param>
    /// <param name="maxRank">The largest TT rank.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="relativeError">‖E − Ê‖ / ‖E‖ that may be lost besides, for smaller ranks; 0: only what <paramref name="maxRank"/> cuts.</param>
    /// <param name="order">d, the number of cores, at least 2.</param>
    /// <param name="device">Where it lives, the caller's to dispose; null: a device of its own.</param>
    /// <returns>The table; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The length is no whole number of rows.</exception>
    /// <exception cref="NotFiniteNumberException">A number is NaN or infinite.</exception>
    public static TtmEmbeddingBag FromMatrix(
        ReadOnlyMemory<float> matrix, int embeddingDim, int maxRank, PoolingType pooling, double relativeError = 0, int order = 3, IDevice? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(embeddingDim, 1);
        return matrix.Length % embeddingDim == 0 && matrix.Length > 0
            ? FromRows(new ArrayRows(matrix, embeddingDim), new TtSvdOptions { MaxRank = maxRank }, pooling, relativeError, order, device)
            : throw new ArgumentException($"There are {matrix.Length} numbers, no whole rows of {embeddingDim}.", nameof(matrix));
    }

    /// <summary>Decomposes a matrix that may be larger than memory by streamed TT-SVD (<see cref="StreamingTtSvd"/>).</summary>
    /// <param name="rows">E, read in runs of rows.</param>
    /// <param name="options">Ranks and memory.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="relativeError">‖E − Ê‖ / ‖E‖ that may be lost besides.</param>
    /// <param name="order">d, at least 2; modes are chosen by <see cref="TtmModes"/>.</param>
    /// <param name="device">Where it lives, the caller's to dispose; null: a device of its own.</param>
    /// <returns>The table; the caller disposes it.</returns>
    /// <exception cref="OptionsException">The memory is too small.</exception>
    /// <exception cref="NotFiniteNumberException">A number is NaN or infinite.</exception>
    public static TtmEmbeddingBag FromRows(IRowSource rows, TtSvdOptions options, PoolingType pooling, double relativeError = 0, int order = 3, IDevice? device = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 2);
        CpuDevice? own = device is null ? new CpuDevice(Environment.ProcessorCount) : null;
        TtmTensor tensor;
        try
        {
            (tensor, double norm) = StreamingTtSvd.Decompose(device ?? own!, rows, TtmModes.Rows(rows.Rows, order), TtmModes.Columns(rows.Columns, order), options);
            if (relativeError > 0)
            {
                TtmRounding.Truncate(tensor, relativeError * norm);
                TtmRounding.Orthogonalize(tensor);
            }

            TtmRounding.Truncate(tensor, [.. Enumerable.Repeat(options.MaxRank, order - 1)]);
        }
        finally
        {
            own?.Dispose();
        }

        TtmEmbeddingBag bag = new(tensor.Shape, pooling, 0, device, null);
        for (int k = 0; k < tensor.Order; k++)
        {
            bag.Bag.Tensor.Means()[k].CopyFrom(tensor.Stored(k));
        }

        return bag;
    }

    /// <summary>Looks up and pools bags of rows.</summary>
    /// <param name="indices">The rows of all bags.</param>
    /// <param name="offsets">B + 1 places: bag b is <c>indices[offsets[b] .. offsets[b + 1])</c>; an empty bag gives zeros.</param>
    /// <param name="weights">One weight for each index, or empty for none.</param>
    /// <returns>(B, J), row-major.</returns>
    /// <exception cref="ArgumentException">Offsets do not rise from 0 to the number of indices, or weights are neither none nor one for each.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside [0, I).</exception>
    public float[] LookUp(ReadOnlySpan<long> indices, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights = default) => LookUp(JaggedIndices.From(indices, offsets, weights));

    /// <summary>Looks up single rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <returns>(rows, J), row-major.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A row is outside [0, I).</exception>
    public float[] LookUp(params ReadOnlySpan<long> rows) => LookUp(JaggedIndices.OneHot(rows));

    /// <summary>Writes rows, modes, ranks and cores: table.rows, table.modes (I, then J), table.ranks, table.core.K.</summary>
    /// <param name="writer">Receives the tensors; <c>Dlrm.Checkpoints.TtmFiles</c> has one for safetensors files.</param>
    public void Save(IStateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write("table.rows", new[] { Shape.Rows });
        writer.Write("table.modes", Shape.RowModes.ToArray().Concat(Shape.ColumnModes.ToArray()).Select(static mode => (long)mode).ToArray());
        Bag.Tensor.Save(writer, StateParts.Values);
    }

    /// <summary>Reads a table that <see cref="Save"/> wrote.</summary>
    /// <param name="reader">Has the tensors.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="device">Where it will live, the caller's to dispose; null: a device of its own.</param>
    /// <returns>The table; the caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The tensors are no TT-matrix.</exception>
    public static TtmEmbeddingBag Load(IStateReader reader, PoolingType pooling, IDevice? device = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        long[] rows = reader.ReadIntegers("table.rows");
        int[] modes = Integers(reader, "table.modes");
        int order = modes.Length / 2;
        int[] ranks = Integers(reader, "table.ranks");
        TtmShape shape;
        try
        {
            shape = new TtmFormat(new TtmShape(rows.Length == 1 ? rows[0] : 0, modes.AsSpan(0, order), modes.AsSpan(order), [1, .. ranks, 1])).Shape;

            // Nothing is allocated for cores that are not there.
            for (int k = 0; k < order; k++)
            {
                long[] stored = reader.Shape($"table.core.{k}");
                if (!stored.SequenceEqual([shape.RowModes[k], shape.Ranks[k], shape.ColumnModes[k], shape.Ranks[k + 1]]))
                {
                    throw new InvalidDataException($"'table.core.{k}' is {string.Join(" × ", stored)}, but modes and ranks make {shape.RowModes[k]} × {shape.Ranks[k]} × {shape.ColumnModes[k]} × {shape.Ranks[k + 1]}.");
                }
            }
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            throw new InvalidDataException("The tensors are no TT-matrix: " + exception.Message, exception);
        }

        TtmEmbeddingBag bag = new(shape, pooling, 0, device, null);
        try
        {
            bag.Bag.Tensor.Load(reader, StateParts.Values);
            return bag;
        }
        catch
        {
            bag.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Bag.Dispose();
        _output.Dispose();
        _ownDevice?.Dispose();
    }

    private static int[] Integers(IStateReader reader, string name)
    {
        long[] values = reader.ReadIntegers(name);
        return values.All(static value => value is >= 1 and <= int.MaxValue)
            ? Array.ConvertAll(values, static value => (int)value)
            : throw new InvalidDataException($"'{name}' is [{string.Join(", ", values)}]; numbers from 1 on are expected.");
    }

    private float[] LookUp(JaggedIndices bags)
    {
        Matrix output = _output.Resize(bags.Bags);
        Bag.Forward(bags, output);
        float[] values = new float[(long)bags.Bags * Shape.EmbeddingDim];
        output.Buffer.CopyTo(values);
        return values;
    }
}
