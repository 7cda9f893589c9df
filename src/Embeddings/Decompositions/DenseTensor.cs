namespace Dlrm.Embeddings;

/// <summary>A tensor of any order in memory, in double: what Tucker and CP decompositions work on.</summary>
/// <remarks><code>values: x[n0, n1, …], row-major, the last mode innermost</code></remarks>
public sealed class DenseTensor
{
    private readonly int[] _modes;

    /// <summary>Initializes a new instance of the <see cref="DenseTensor"/> class.</summary>
    /// <param name="modes">The mode sizes, each at least 1.</param>
    /// <param name="values">The entries.</param>
    /// <exception cref="ArgumentException">There are not as many entries as the modes ask for.</exception>
    public DenseTensor(IReadOnlyList<int> modes, double[] values)
    {
        ArgumentNullException.ThrowIfNull(modes);
        ArgumentNullException.ThrowIfNull(values);
        _modes = [.. modes];
        Values = values;
        long length = _modes.Aggregate(1L, static (product, mode) => product * mode);
        if (length != values.Length)
        {
            throw new ArgumentException($"Modes [{string.Join(", ", _modes)}] make {length} entries, but there are {values.Length}.", nameof(values));
        }
    }

    /// <summary>Gets the mode sizes.</summary>
    public IReadOnlyList<int> Modes => _modes;

    /// <summary>Gets the order.</summary>
    public int Order => _modes.Length;

    /// <summary>Gets the entries.</summary>
    public double[] Values { get; }

    /// <summary>Reads a table as a tensor whose modes are those of the rows, then those of the columns; rows that are not there are zeros.</summary>
    /// <param name="source">The table.</param>
    /// <param name="rowModes">Their product is at least the rows.</param>
    /// <param name="columnModes">Their product is the columns.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>The tensor.</returns>
    public static DenseTensor Read(IRowSource source, IReadOnlyList<int> rowModes, IReadOnlyList<int> columnModes, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(rowModes);
        ArgumentNullException.ThrowIfNull(columnModes);
        int[] modes = [.. rowModes, .. columnModes];
        double[] values = new double[modes.Aggregate(1L, static (product, mode) => checked(product * mode))];
        SharedRowsFit.ForEachRow(source, (id, row) => row.CopyTo(values.AsSpan(checked((int)(id * source.Columns)))), cancellation);
        return new DenseTensor(modes, values);
    }

    /// <summary>Computes ‖x‖².</summary>
    /// <returns>The sum of squares.</returns>
    public double SumOfSquares() => System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(Values);

    /// <summary>Computes the Gram matrix of an unfolding: rows are the indices of one mode, columns all others.</summary>
    /// <param name="mode">The mode.</param>
    /// <returns>(n, n).</returns>
    internal double[] Gram(int mode)
    {
        (int outer, int size, int inner) = Around(mode);
        if (inner == 1)
        {
            return DoubleMatrices.Gram(Values, size);
        }

        double[] gram = new double[size * size];
        for (int o = 0; o < outer; o++)
        {
            ReadOnlySpan<double> block = Values.AsSpan(o * size * inner, size * inner);
            for (int a = 0; a < size; a++)
            {
                ReadOnlySpan<double> row = block.Slice(a * inner, inner);
                for (int b = a; b < size; b++)
                {
                    gram[(a * size) + b] += SmallMatrices.Dot(row, block.Slice(b * inner, inner));
                }
            }
        }

        for (int a = 0; a < size; a++)
        {
            for (int b = 0; b < a; b++)
            {
                gram[(a * size) + b] = gram[(b * size) + a];
            }
        }

        return gram;
    }

    /// <summary>Multiplies along one mode by the transpose of a matrix: y[…, r, …] = Σ_n x[…, n, …]·m[n, r].</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="matrix">(n, r) row-major.</param>
    /// <param name="columns">r.</param>
    /// <returns>The tensor with that mode of size r.</returns>
    internal DenseTensor Contract(int mode, double[] matrix, int columns)
    {
        (int outer, int size, int inner) = Around(mode);
        int[] modes = [.. _modes];
        modes[mode] = columns;
        if (inner == 1)
        {
            return new DenseTensor(modes, DoubleMatrices.Multiply(Values, size, matrix, columns));
        }

        double[] transposed = DoubleMatrices.Transpose(matrix, columns);
        double[] result = new double[(long)outer * columns * inner];
        for (int o = 0; o < outer; o++)
        {
            SmallMatrices.MultiplyRight(transposed, size, Values.AsSpan(o * size * inner, size * inner), inner, result.AsSpan(o * columns * inner, columns * inner));
        }

        return new DenseTensor(modes, result);
    }

    /// <summary>Gets the sizes before, at and after a mode.</summary>
    internal (int Outer, int Size, int Inner) Around(int mode) =>
        (Product(_modes.AsSpan(0, mode)), _modes[mode], Product(_modes.AsSpan(mode + 1)));

    private static int Product(ReadOnlySpan<int> modes)
    {
        int product = 1;
        foreach (int mode in modes)
        {
            product *= mode;
        }

        return product;
    }
}
