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
/// <para>Up to 512 columns XᵀX is computed instead of Z, and up to 512 rows or columns the same of Y: then nothing is left to chance.
/// A bond whose full rank is at most the sketch's is not truncated at all. Cores 1..d−1 come out orthogonal from the right, with some directions more than asked for,
/// ready for <see cref="TtmRounding"/>.</para>
/// <para>Source: Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 2011; the sketch: Halko, Martinsson, Tropp, "Finding structure with randomness",
/// SIAM Review 2011, algorithms 4.3 and 5.1.</para>
/// </remarks>
public sealed class StreamingTtSvd
{
    /// <summary>Up to so many columns, XᵀX is cheaper than a sketch, and exact.</summary>
    private const int WidestGram = 512;

    /// <summary>Power iteration finds directions that are at most one in so many.</summary>
    private const int FewOfAll = 4;

    /// <summary>The multiplications of a power iteration: the directions beyond those asked for make it converge fast.</summary>
    private const int Powers = 8;


    private readonly IDevice _device;
    private readonly IRowSource _source;
    private readonly int[] _rowModes;
    private readonly int[] _columnModes;
    private readonly TtSvdOptions _options;
    private readonly UnfoldedBlocks _blocks;
    private double _squares;

    private StreamingTtSvd(IDevice device, IRowSource source, int[] rowModes, int[] columnModes, TtSvdOptions options, IProgress<double>? progress)
    {
        _device = device;
        _source = source;
        _rowModes = rowModes;
        _columnModes = columnModes;
        _options = options;
        _blocks = new UnfoldedBlocks(device, source, rowModes[^1], columnModes[^1], progress);
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

    /// <summary>Finds the largest rank whose decomposition fits into memory.</summary>
    /// <param name="rowModes">I.</param>
    /// <param name="columnModes">J.</param>
    /// <param name="options">The rank wished for, the memory.</param>
    /// <returns>At most <see cref="TtSvdOptions.MaxRank"/>; 0 when not even rank 1 fits.</returns>
    public static int MostRank(IReadOnlyList<int> rowModes, IReadOnlyList<int> columnModes, TtSvdOptions options)
    {
        ArgumentNullException.ThrowIfNull(rowModes);
        ArgumentNullException.ThrowIfNull(columnModes);
        ArgumentNullException.ThrowIfNull(options);
        (int low, int high) = (0, options.MaxRank);
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            if (Fits(rowModes, columnModes, options with { MaxRank = middle }, out _))
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private static bool Fits(IReadOnlyList<int> rowModes, IReadOnlyList<int> columnModes, TtSvdOptions options, out long bytes)
    {
        int order = rowModes.Count;
        long width = (long)rowModes[^1] * columnModes[^1];
        long height = 1;
        for (int k = 0; k < order - 1; k++)
        {
            height *= (long)rowModes[k] * columnModes[k];
        }

        long sketch = Math.Min(Math.Min(width, height), options.MaxRank + (long)options.Oversampling);
        long next = order > 2 ? (long)rowModes[^2] * columnModes[^2] * sketch : 0;

        // Y; the basis of its next bond three times; that of the last modes, or XᵀX, three times; two blocks of rows twice.
        bytes = sizeof(double) * ((height * sketch) + (3 * next * sketch) + (3 * width * Math.Max(sketch, Math.Min(width, WidestGram))))
            + (4 * sizeof(float) * Math.Min(UnfoldedBlocks.BlockLength, width * height));
        return bytes <= options.MemoryBytes && height * sketch <= Array.MaxLength;
    }

    private (TtmTensor Tensor, double Norm) Run(CancellationToken cancellation)
    {
        int order = _rowModes.Length;
        int[] ranks = new int[order + 1];
        (ranks[0], ranks[order]) = (1, 1);
        double[][] cores = new double[order][];
        int width = _blocks.Width;
        long height = _blocks.Height;
        int sketch = (int)Math.Min(Math.Min(width, height), _options.MaxRank + (long)_options.Oversampling);
        CheckMemory();
        bool isNarrow = width <= WidestGram && sketch < width && width < height;
        int passes = isNarrow ? 2 : sketch == width ? 1 : sketch == height ? 2 : _options.Passes + 1;
        _blocks.Passes = passes;
        double[] basis = isNarrow ? GramBasis(width, sketch, out sketch, cancellation)
            : sketch == width ? Identity(width)
            : sketch == height ? WholeBasis(width, out sketch, cancellation)
            : Sketch(width, sketch, out sketch, cancellation);
        double[] rest = Project(basis, width, sketch, cancellation);
        RequireFinite([_squares]);
        double norm = Math.Sqrt(_squares);
        cores[order - 1] = DoubleMatrices.Transpose(basis, sketch);
        ranks[order - 1] = sketch;
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

        double[] basis;
        int rank = sketch;
        if (n <= Math.Min(m, WidestGram))
        {
            basis = LargestEigenvectors(DoubleMatrices.Gram(y, n), n, sketch, out rank);
        }
        else if (m <= WidestGram)
        {
            basis = DoubleMatrices.RowBasis(y, n, sketch, out rank);
        }
        else
        {
            // One more product with YᵀY than the streamed bond: here it costs no pass over the disk.
            basis = Gaussian(n * sketch, stream);
            for (int power = 0; power < 2; power++)
            {
                double[] product = DoubleMatrices.Multiply(y, n, basis, rank);
                basis = DoubleMatrices.Orthonormalize(DoubleMatrices.MultiplyTransposed(y, n, product, rank), rank, out rank);
            }
        }

        return (DoubleMatrices.Transpose(basis, rank), DoubleMatrices.Multiply(y, n, basis, rank), rank);
    }

    /// <summary>Finds the best right singular space of a matrix of few columns: the first eigenvectors of XᵀX.</summary>
    private double[] GramBasis(int width, int most, out int rank, CancellationToken cancellation)
    {
        double[] gram = new double[width * width];
        using DeviceBuffer<float> sums = _device.Allocate<float>((long)width * width);
        float[] part = new float[width * width];
        _blocks.ForEach(1, (block, _, _) =>
        {
            _device.Gemm(block, true, block, false, new Matrix(sums, width, width));
            sums.CopyTo(part);
            for (int i = 0; i < gram.Length; i++)
            {
                gram[i] += part[i];
            }
        }, cancellation);
        RequireFinite(gram);
        return LargestEigenvectors(gram, width, most, out rank);
    }

    /// <summary>Finds the first eigenvectors; by power iteration when they are few, which costs far less than all.</summary>
    private double[] LargestEigenvectors(double[] symmetric, int n, int most, out int count)
    {
        if (most * FewOfAll <= n)
        {
            double[] basis = Gaussian(n * most, stream: 0);
            count = most;
            for (int power = 0; power < Powers; power++)
            {
                basis = DoubleMatrices.Orthonormalize(DoubleMatrices.Multiply(symmetric, n, basis, count), count, out count);
            }

            return basis;
        }

        count = most;
        (_, double[] vectors) = DoubleMatrices.Eigen(symmetric, n);
        double[] largest = new double[n * most];
        for (int i = 0; i < n; i++)
        {
            vectors.AsSpan(i * n, most).CopyTo(largest.AsSpan(i * most));
        }

        return largest;
    }

    /// <summary>Finds the row space of a matrix of few, long rows: nothing is left out.</summary>
    private double[] WholeBasis(int width, out int rank, CancellationToken cancellation)
    {
        double[] matrix = new double[width * _blocks.Height];
        _blocks.ForEach(1, (block, _, firstRow) =>
        {
            float[] values = new float[block.Rows * width];
            block.Buffer.CopyTo(values);
            SmallMatrices.Widen(values, matrix.AsSpan((int)(firstRow * width), values.Length));
        }, cancellation);
        return DoubleMatrices.RowBasis(matrix, width, matrix.Length / width, out rank);
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
            _blocks.ForEach(columns, (block, products, _) =>
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

    /// <summary>Computes Y, its rows where the chain wants them; prefixes that are not there are zeros.</summary>
    private double[] Project(double[] basis, int width, int columns, CancellationToken cancellation)
    {
        long height = 1;
        for (int k = 0; k < _rowModes.Length - 1; k++)
        {
            height *= _rowModes[k] * (long)_columnModes[k];
        }

        double[] projected = new double[height * columns];
        using DeviceBuffer<float> directions = _device.Allocate<float>((long)width * columns);
        directions.CopyFrom(Array.ConvertAll(basis, static value => (float)value));
        bool isIdentity = width == columns;
        _squares = 0;
        float[] values = [];
        _blocks.ForEach(columns, (block, products, firstRow) =>
        {
            Matrix result = isIdentity ? block : products;
            if (!isIdentity)
            {
                _device.Gemm(block, false, new Matrix(directions, width, columns), false, products);
            }

            _squares += _device.SumOfSquares(block.Buffer, (long)block.Rows * block.Columns);
            Array.Resize(ref values, block.Rows * columns);
            result.Buffer.CopyTo(values);
            for (int row = 0; row < block.Rows; row++)
            {
                SmallMatrices.Widen(values.AsSpan(row * columns, columns), projected.AsSpan(checked((int)(PlaceOf(firstRow + row) * columns)), columns));
            }
        }, cancellation);
        return projected;
    }

    /// <summary>Finds the place of a row of Y, whose row digits come before its column digits, among pairs of them: (i0, j0), (i1, j1) …</summary>
    private long PlaceOf(long rowOfY)
    {
        (long prefix, long outer) = Math.DivRem(rowOfY, _source.Columns / _columnModes[^1]);
        long place = 0;
        long weight = 1;
        for (int k = _rowModes.Length - 2; k >= 0; k--)
        {
            (prefix, long i) = Math.DivRem(prefix, _rowModes[k]);
            (outer, long j) = Math.DivRem(outer, _columnModes[k]);
            place += ((i * _columnModes[k]) + j) * weight;
            weight *= _rowModes[k] * (long)_columnModes[k];
        }

        return place;
    }

    private void CheckMemory()
    {
        if (!Fits(_rowModes, _columnModes, _options, out long bytes))
        {
            throw new OptionsException([
                $"Decomposing {_source.Rows} × {_source.Columns} with last modes {_rowModes[^1]}·{_columnModes[^1]} and rank {_options.MaxRank} needs {bytes >> 20} MiB, but {_options.MemoryBytes >> 20} MiB are allowed: "
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
