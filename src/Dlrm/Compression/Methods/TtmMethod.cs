using System.Numerics.Tensors;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression.Methods;

/// <summary>A TT-matrix by streamed TT-SVD: of balanced modes, or with numbers of its own for each row (a projection).</summary>
/// <remarks>
/// <code>
/// balanced     I[0]·…·I[d−1] ≥ rows, J[0]·…·J[d−1] = columns
/// projection   row modes (rows, 1), column modes (1, columns): R numbers a row times an R × D matrix, the truncated singular value decomposition
/// kept ‖Ŵ‖² ≈ ‖X‖²·Π_k (1 − d[k])        X: the TT-matrix with the largest ranks, d[k]: the share of its squared norm in the singular values that bond k gives up
/// predicted ‖W − Ŵ‖² = ‖W − X‖² + ‖X‖² − kept + q·kept        q: the sum over the cores of the relative squared error of their storage type
/// </code>
/// <para>The product lies between the largest d[k], which is lost at least, and their sum, the bound, which at small ranks is far above.</para>
/// </remarks>
internal sealed class TtmMethod : ITableMethod
{
    private readonly TtmTensor _tensor;
    private readonly double _squares;
    private readonly double _lost;
    private readonly double[][] _spectra;
    private readonly Dictionary<StorageType, double> _coreErrors = [];

    /// <summary>Initializes a new instance of the <see cref="TtmMethod"/> class.</summary>
    /// <param name="method">What it is called.</param>
    /// <param name="tensor">X, orthogonal from the right.</param>
    /// <param name="lost">‖W − X‖².</param>
    /// <param name="input">The table.</param>
    internal TtmMethod(CompressionMethod method, TtmTensor tensor, double lost, MethodInput input)
    {
        Method = method;
        _tensor = tensor;
        _lost = lost;
        _squares = Math.Pow(TtmRounding.Norm(tensor), 2);
        _spectra = TtmRounding.Spectra(tensor);
        TtmTensor balanced = tensor.Clone();
        Balance(balanced);
        foreach (StorageType type in input.Options.Storage)
        {
            _coreErrors[type] = Enumerable.Range(0, balanced.Order).Sum(k =>
            {
                float[] stored = balanced.Stored(k);
                double squares = TensorPrimitives.SumOfSquares(stored.AsSpan());
                return squares == 0 ? 0 : StorageRounding.SquaredError(type, [balanced.RowModes[k], balanced.Ranks[k], balanced.ColumnModes[k], balanced.Ranks[k + 1]], stored) / squares;
            });
        }
    }

    /// <inheritdoc/>
    public CompressionMethod Method { get; }

    /// <inheritdoc/>
    public bool StoresRows => false;

    /// <inheritdoc/>
    public IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => _spectra;

    /// <summary>Decomposes a table.</summary>
    /// <param name="method">TtSvd or Projection.</param>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static TtmMethod Prepare(CompressionMethod method, MethodInput input)
    {
        TtmTensor tensor = Decompose(method, input);
        return new TtmMethod(method, tensor, Math.Max(input.Squares - Math.Pow(TtmRounding.Norm(tensor), 2), 0), input);
    }

    /// <summary>Tells whether a decomposition fits into memory, at least with rank 1.</summary>
    /// <param name="method">TtSvd or Projection.</param>
    /// <param name="rows">The table's rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="options">The memory.</param>
    /// <returns>Whether it does.</returns>
    internal static bool Fits(CompressionMethod method, long rows, int columns, CompressionOptions options)
    {
        (int[] rowModes, int[] columnModes, TtSvdOptions most) = ModesOf(method, rows, columns, options);
        return StreamingTtSvd.MostRank(rowModes, columnModes, most) > 0;
    }

    private static (int[] RowModes, int[] ColumnModes, TtSvdOptions Most) ModesOf(CompressionMethod method, long rows, int columns, CompressionOptions options)
    {
        bool isProjection = method == CompressionMethod.Projection;
        TtSvdOptions most = new() { MaxRank = isProjection ? columns : options.MaxRank, MemoryBytes = options.MemoryBytes, Seed = options.Seed };
        return isProjection
            ? ([checked((int)rows), 1], [1, columns], most)
            : (TtmModes.Rows(rows, options.Order), TtmModes.Columns(columns, options.Order), most);
    }

    /// <summary>Decomposes a table.</summary>
    /// <param name="method">TtSvd or Projection.</param>
    /// <param name="input">The table.</param>
    /// <returns>The TT-matrix with the largest ranks of interest, orthogonal from the right.</returns>
    internal static TtmTensor Decompose(CompressionMethod method, MethodInput input)
    {
        (int[] rowModes, int[] columnModes, TtSvdOptions most) = ModesOf(method, input.Rows.Rows, input.Rows.Columns, input.Options);
        int rank = (int)Math.Clamp(input.MostBytes / Math.Max(input.LeastBytes(rowModes.Max(), 1), 1), 1, most.MaxRank);

        // Where no rank fits, the decomposition says what it needs.
        rank = Math.Max(StreamingTtSvd.MostRank(rowModes, columnModes, most with { MaxRank = rank }), 1);
        (TtmTensor tensor, _) = StreamingTtSvd.Decompose(input.Device, input.Rows, rowModes, columnModes, most with { MaxRank = rank }, input.Progress, input.Cancellation);
        TtmRounding.Truncate(tensor, [.. Enumerable.Repeat(rank, tensor.Order - 1)]);
        TtmRounding.Orthogonalize(tensor);
        return tensor;
    }

    /// <inheritdoc/>
    public IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes) =>
        CompressionCurve.Of(_tensor, _lost, ranks => Bytes(ranks, type), mostBytes).Select(point => point with
        {
            Method = TableMethods.NameOf(Method),
            MethodNumber = (int)Method,
            SquaredError = Predicted(point.Ranks, _coreErrors[type]),
        });

    /// <inheritdoc/>
    public TableOptions OptionsOf(CompressionPoint point) =>
        new() { Kind = TableKind.LowRank, CompressAbove = 0, Format = TensorFormat.Ttm, RowModes = _tensor.RowModes, ColumnModes = _tensor.ColumnModes, StartRanks = point.Ranks };

    /// <inheritdoc/>
    public void Write(CompressionPoint point, TableWriter writer)
    {
        TtmTensor tensor = _tensor.Clone();
        TtmRounding.Truncate(tensor, point.Ranks);
        Balance(tensor);
        Write(tensor, writer);
    }

    /// <summary>Writes the cores of a TT-matrix.</summary>
    /// <param name="tensor">The TT-matrix.</param>
    /// <param name="writer">Receives them.</param>
    internal static void Write(TtmTensor tensor, TableWriter writer)
    {
        writer.WriteRanks(tensor.Ranks.Skip(1).Take(tensor.Order - 1));
        for (int k = 0; k < tensor.Order; k++)
        {
            writer.Write($".core.{k}", [tensor.RowModes[k], tensor.Ranks[k], tensor.ColumnModes[k], tensor.Ranks[k + 1]], tensor.Stored(k));
        }
    }

    /// <summary>Gives all cores the same root mean square; the product stays.</summary>
    /// <param name="tensor">The TT-matrix.</param>
    internal static void Balance(TtmTensor tensor)
    {
        double[] sizes = [.. tensor.Cores.Select(core => Math.Sqrt(core.Sum(value => value * value) / core.Length))];
        if (sizes.Any(size => size == 0))
        {
            return;
        }

        double mean = Math.Exp(sizes.Average(Math.Log));
        for (int k = 0; k < tensor.Order; k++)
        {
            double factor = mean / sizes[k];
            tensor.Cores[k] = Array.ConvertAll(tensor.Cores[k], value => value * factor);
        }
    }

    private double Predicted(IReadOnlyList<int> ranks, double rounding)
    {
        double kept = _squares;
        for (int k = 0; k < ranks.Count && kept > 0; k++)
        {
            kept *= Math.Clamp(1 - (_spectra[k].Skip(ranks[k]).Sum(static value => value * value) / _squares), 0, 1);
        }

        return _lost + _squares - kept + (rounding * kept);
    }

    private long Bytes(IReadOnlyList<int> ranks, StorageType type)
    {
        long bytes = 0;
        for (int k = 0; k < _tensor.Order; k++)
        {
            bytes += TensorCode.Bytes(type, [_tensor.RowModes[k], k == 0 ? 1 : ranks[k - 1], _tensor.ColumnModes[k], k == _tensor.Order - 1 ? 1 : ranks[k]]);
        }

        return bytes;
    }
}
