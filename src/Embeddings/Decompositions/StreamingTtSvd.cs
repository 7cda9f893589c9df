using System.Numerics.Tensors;
using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Decomposes a matrix that may be larger than memory into a TT-matrix, in two passes over its rows.</summary>
/// <remarks>
/// <code>
/// X: prefixes (i0 .. i(d−2), j0 .. j(d−2))  ×  last modes (i(d−1), j(d−1)): consecutive rows of the matrix
/// pass 1   Z = XᵀXΩ, Ω Gaussian; Q an orthonormal basis of Z: the rank-R right singular space, almost
/// pass 2   Y = XQ, which fits into memory; Qᵀ is the last core. The other cores: the same of Y, in memory
/// </code>
/// <para>A bond whose full rank is at most the sketch's is not truncated at all. Cores 1..d−1 come out orthogonal from the right, ready for <see cref="TtmRounding"/>.</para>
/// <para>Source: Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 2011; the sketch: Halko, Martinsson, Tropp, "Finding structure with randomness",
/// SIAM Review 2011, algorithms 4.3 and 5.1.</para>
/// </remarks>
public sealed class StreamingTtSvd
{
    /// <summary>Up to so many columns, XᵀX is cheaper than a sketch, and exact.</summary>
    private const int WidestGram = 512;

    private readonly IDevice _device;
    private readonly IRowSource _source;
    private readonly int[] _rowModes;
    private readonly int[] _columnModes;
    private readonly TtSvdOptions _options;
    private readonly IProgress<double>? _progress;
    private readonly int _lastRows;
    private readonly int _lastColumns;
    private readonly int _outerColumns;
    private readonly long _prefixes;
    private long _rowsRead;
    private long _rowsToRead;
    private double _squares;

    private StreamingTtSvd(IDevice device, IRowSource source, int[] rowModes, int[] columnModes, TtSvdOptions options, IProgress<double>? progress)
    {
        _device = device;
        _source = source;
        _rowModes = rowModes;
        _columnModes = columnModes;
        _options = options;
        _progress = progress;
        _lastRows = rowModes[^1];
        _lastColumns = columnModes[^1];
        _outerColumns = source.Columns / _lastColumns;
        _prefixes = (source.Rows + _lastRows - 1) / _lastRows;
    }

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="device">Multiplies.</param>
    /// <param name="source">The matrix.</param>
    /// <param name="rowModes">I, whose product is at least the rows; rows that are not there are zeros.</param>
    /// <param name="columnModes">J, whose product is the columns.</param>
    /// <param name="options">Ranks and memory.</param>
    /// <param name="progress">Receives the share of the rows read, or null.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>The TT-matrix and ‖X‖.</returns>
    /// <exception cref="ArgumentException">The modes don't fit the matrix.</exception>
    /// <exception cref="OptionsException">The memory is too small for these modes and ranks.</exception>
    /// <exception cref="NotFiniteNumberException">The matrix has a number that is NaN or infinite.</exception>
    public static (TtmTensor Tensor, double Norm) Decompose(
        IDevice device, IRowSource source, int[] rowModes, int[] columnModes, TtSvdOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        TtmShape shape = new(source.Rows, rowModes, columnModes, [1, .. Enumerable.Repeat(1, Math.Max(rowModes?.Length ?? 0, 1) - 1), 1]);
        if (shape.EmbeddingDim != source.Columns)
        {
            throw new ArgumentException($"Column modes [{string.Join(", ", columnModes)}] make {shape.EmbeddingDim} columns, but the matrix has {source.Columns}.", nameof(columnModes));
        }

        if (shape.Order < 2)
        {
            throw new ArgumentException("A TT-matrix of one core is the matrix itself; give at least two row modes.", nameof(rowModes));
        }

        return new StreamingTtSvd(device, source, rowModes!, columnModes, options, progress).Run(cancellation);
    }

    private (TtmTensor Tensor, double Norm) Run(CancellationToken cancellation)
    {
        int order = _rowModes.Length;
        int[] ranks = new int[order + 1];
        (ranks[0], ranks[order]) = (1, 1);
        double[][] cores = new double[order][];
        int width = _lastRows * _lastColumns;
        long height = _prefixes * _outerColumns;
        int sketch = (int)Math.Min(Math.Min(width, height), _options.MaxRank + (long)_options.Oversampling);
        CheckMemory(width, height, sketch);
        bool isNarrow = width <= WidestGram && _options.MaxRank < width && width < height;
        int passes = isNarrow ? 2 : sketch == width ? 1 : sketch == height ? 2 : _options.Passes + 1;
        _rowsToRead = _source.Rows * passes;
        double[] basis = isNarrow ? GramBasis(width, out sketch, cancellation)
            : sketch == width ? Identity(width)
            : sketch == height ? WholeBasis(width, out sketch, cancellation)
            : Sketch(width, sketch, out sketch, cancellation);
        double[] rest = Project(basis, width, sketch, cancellation);
        RequireFinite([_squares]);
        double norm = Math.Sqrt(_squares);
        cores[order - 1] = DoubleMatrices.Transpose(basis, sketch);
        ranks[order - 1] = sketch;

        // The rows of Y are (i0 .. i(d−2)), (j0 .. j(d−2)); the chain wants (i0, j0), (i1, j1) …
        rest = Interleave(rest, sketch);
        for (int k = order - 2; k > 0; k--)
        {
            cancellation.ThrowIfCancellationRequested();
            int columns = checked(_rowModes[k] * _columnModes[k] * ranks[k + 1]);
            (cores[k], rest, ranks[k]) = Split(rest, columns, (ulong)k);
        }

        cores[0] = rest;
        return (new TtmTensor(_source.Rows, _rowModes, _columnModes, ranks, cores), norm);
    }

    /// <summary>Splits (m, n) into (m, r)·(r, n) with orthonormal rows.</summary>
    private (double[] Core, double[] Left, int Rank) Split(double[] y, int n, ulong stream)
    {
        int m = y.Length / n;
        int sketch = Math.Min(Math.Min(m, n), _options.MaxRank + _options.Oversampling);
        if (sketch == n)
        {
            return (Identity(n), y, n);
        }

        double[] z;
        if (sketch == m)
        {
            z = DoubleMatrices.Transpose(y, n);
        }
        else
        {
            // One more product with YᵀY than the streamed bond: here it costs no pass over the disk.
            double[] transposed = DoubleMatrices.Transpose(y, n);
            z = Gaussian(n * sketch, stream);
            for (int power = 0; power < 2; power++)
            {
                double[] product = DoubleMatrices.Multiply(y, n, z, sketch);
                z = DoubleMatrices.Orthonormalize(DoubleMatrices.Multiply(transposed, m, product, sketch), sketch, out sketch);
            }
        }

        double[] basis = DoubleMatrices.Orthonormalize(z, sketch, out int rank);
        return (DoubleMatrices.Transpose(basis, rank), DoubleMatrices.Multiply(y, n, basis, rank), rank);
    }

    /// <summary>Finds the best right singular space of a matrix of few columns: the first eigenvectors of XᵀX.</summary>
    private double[] GramBasis(int width, out int rank, CancellationToken cancellation)
    {
        double[] gram = new double[width * width];
        using DeviceBuffer<float> sums = _device.Allocate<float>((long)width * width);
        float[] part = new float[width * width];
        ForEachBlock(width, 1, (block, _, _) =>
        {
            _device.Gemm(block, true, block, false, new Matrix(sums, width, width));
            sums.CopyTo(part);
            for (int i = 0; i < gram.Length; i++)
            {
                gram[i] += part[i];
            }
        }, cancellation);
        RequireFinite(gram);
        (_, double[] vectors) = DoubleMatrices.Eigen(gram, width);
        rank = _options.MaxRank;
        double[] basis = new double[width * rank];
        for (int i = 0; i < width; i++)
        {
            vectors.AsSpan(i * width, rank).CopyTo(basis.AsSpan(i * rank));
        }

        return basis;
    }

    /// <summary>Finds the row space of a matrix of few, long rows: nothing is left out.</summary>
    private double[] WholeBasis(int width, out int rank, CancellationToken cancellation)
    {
        double[] matrix = new double[width * (_prefixes * _outerColumns)];
        ForEachBlock(width, 1, (block, _, firstRow) => SmallMatrices.Widen(block.Buffer.ToArray(), matrix.AsSpan((int)(firstRow * width), block.Rows * width)), cancellation);
        return DoubleMatrices.Orthonormalize(DoubleMatrices.Transpose(matrix, width), matrix.Length / width, out rank);
    }

    private double[] Sketch(int width, int columns, out int rank, CancellationToken cancellation)
    {
        double[] omega = Gaussian(width * columns, 0);
        for (int pass = 0; pass < _options.Passes; pass++)
        {
            using DeviceBuffer<float> directions = _device.Allocate<float>((long)width * columns);
            using DeviceBuffer<float> sums = _device.Allocate<float>((long)width * columns);
            directions.CopyFrom(Array.ConvertAll(omega, static value => (float)value));
            sums.Clear();
            double[] total = new double[width * columns];
            float[] part = new float[width * columns];
            ForEachBlock(width, columns, (block, products, _) =>
            {
                _device.Gemm(block, false, new Matrix(directions, width, columns), false, products);
                _device.Gemm(block, true, products, false, new Matrix(sums, width, columns));
                sums.CopyTo(part);
                for (int i = 0; i < total.Length; i++)
                {
                    total[i] += part[i];
                }
            }, cancellation);
            RequireFinite(total);
            omega = DoubleMatrices.Orthonormalize(total, columns, out int kept);
            columns = kept;
        }

        rank = columns;
        return omega;
    }

    private double[] Project(double[] basis, int width, int columns, CancellationToken cancellation)
    {
        double[] projected = new double[_prefixes * _outerColumns * columns];
        using DeviceBuffer<float> directions = _device.Allocate<float>((long)width * columns);
        directions.CopyFrom(Array.ConvertAll(basis, static value => (float)value));
        bool isIdentity = width == columns;
        _squares = 0;
        float[] values = [];
        ForEachBlock(width, columns, (block, products, firstRow) =>
        {
            Matrix result = isIdentity ? block : products;
            if (!isIdentity)
            {
                _device.Gemm(block, false, new Matrix(directions, width, columns), false, products);
            }

            _squares += _device.SumOfSquares(block.Buffer, (long)block.Rows * block.Columns);
            Array.Resize(ref values, block.Rows * columns);
            result.Buffer.CopyTo(values);
            SmallMatrices.Widen(values, projected.AsSpan(checked((int)(firstRow * columns)), values.Length));
        }, cancellation);
        return projected;
    }

    /// <summary>Reads the matrix block by block as rows (prefix, outer column) × (last row mode, last column mode).</summary>
    private void ForEachBlock(int width, int columns, Action<Matrix, Matrix, long> use, CancellationToken cancellation)
    {
        int dim = _source.Columns;
        int prefixesInBlock = (int)Math.Clamp((4L << 20) / ((long)_lastRows * dim), 1, _prefixes);
        float[] rows = new float[prefixesInBlock * _lastRows * dim];
        float[] block = new float[rows.Length];
        for (long prefix = 0; prefix < _prefixes; prefix += prefixesInBlock)
        {
            cancellation.ThrowIfCancellationRequested();
            int prefixes = (int)Math.Min(prefixesInBlock, _prefixes - prefix);
            long firstRow = prefix * _lastRows;
            int present = (int)Math.Min((long)prefixes * _lastRows, _source.Rows - firstRow);
            _source.Read(firstRow, present, rows.AsSpan(0, present * dim));
            rows.AsSpan(present * dim).Clear();
            for (int p = 0; p < prefixes; p++)
            {
                for (int i = 0; i < _lastRows; i++)
                {
                    ReadOnlySpan<float> row = rows.AsSpan(((p * _lastRows) + i) * dim, dim);
                    for (int outer = 0; outer < _outerColumns; outer++)
                    {
                        row.Slice(outer * _lastColumns, _lastColumns).CopyTo(block.AsSpan((((p * _outerColumns) + outer) * width) + (i * _lastColumns), _lastColumns));
                    }
                }
            }

            int height = prefixes * _outerColumns;
            using DeviceBuffer<float> buffer = _device.Allocate<float>((long)height * width);
            using DeviceBuffer<float> products = _device.Allocate<float>((long)height * columns);
            buffer.CopyFrom(block.AsSpan(0, height * width));
            use(new Matrix(buffer, height, width), new Matrix(products, height, columns), prefix * _outerColumns);
            _rowsRead += present;
            _progress?.Report((double)_rowsRead / _rowsToRead);
        }
    }

    /// <summary>Moves the rows of Y from row digits before column digits to pairs of them; prefixes that are not there become zeros.</summary>
    private double[] Interleave(double[] y, int columns)
    {
        int order = _rowModes.Length - 1;
        long all = 1;
        for (int k = 0; k < order; k++)
        {
            all *= _rowModes[k] * (long)_columnModes[k];
        }

        if (order <= 1 || _outerColumns == 1)
        {
            Array.Resize(ref y, checked((int)(all * columns)));
            return y;
        }

        double[] moved = new double[checked(all * columns)];
        for (long prefix = 0; prefix < _prefixes; prefix++)
        {
            for (int outer = 0; outer < _outerColumns; outer++)
            {
                long target = 0;
                long weight = 1;
                (long row, int column) = (prefix, outer);
                for (int k = order - 1; k >= 0; k--)
                {
                    (row, long i) = Math.DivRem(row, _rowModes[k]);
                    (column, int j) = Math.DivRem(column, _columnModes[k]);
                    target += ((i * _columnModes[k]) + j) * weight;
                    weight *= _rowModes[k] * (long)_columnModes[k];
                }

                y.AsSpan(checked((int)(((prefix * _outerColumns) + outer) * columns)), columns).CopyTo(moved.AsSpan(checked((int)(target * columns)), columns));
            }
        }

        return moved;
    }

    private void CheckMemory(int width, long height, int sketch)
    {
        // Y twice while its rows are moved, the sketch in three forms, two blocks.
        long bytes = (2 * height * sketch * sizeof(double)) + (4L * width * sketch * sizeof(double)) + (64L << 20);
        if (bytes > _options.MemoryBytes || height * sketch > Array.MaxLength / 2)
        {
            throw new OptionsException([
                $"Decomposing {_source.Rows} × {_source.Columns} with last modes {_lastRows}·{_lastColumns} and rank {_options.MaxRank} needs {bytes >> 20} MiB, but {_options.MemoryBytes >> 20} MiB are allowed: "
                + "give more memory, a smaller rank, or larger last modes."]);
        }
    }

    private double[] Gaussian(int count, ulong stream)
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(count);
        _device.FillNormal(buffer, new RandomStream(_options.Seed, stream), 1f);
        return Array.ConvertAll(buffer.ToArray(), static value => (double)value);
    }

    private static void RequireFinite(ReadOnlySpan<double> sums)
    {
        if (!double.IsFinite(TensorPrimitives.Sum(sums)))
        {
            throw new NotFiniteNumberException("The matrix has a number that is NaN or infinite; mend it, or leave the table dense.");
        }
    }

    private static double[] Identity(int n)
    {
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            identity[(i * n) + i] = 1;
        }

        return identity;
    }
}
