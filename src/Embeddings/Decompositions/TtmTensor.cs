using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A TT-matrix in double with the left or right parts of its chain kept orthogonal: what decompositions work on.</summary>
/// <remarks><code>core k: (R[k], I[k], J[k], R[k+1]), row-major</code></remarks>
public sealed class TtmTensor
{
    /// <summary>Initializes a new instance of the <see cref="TtmTensor"/> class.</summary>
    /// <param name="rows">The valid rows.</param>
    /// <param name="rowModes">I.</param>
    /// <param name="columnModes">J.</param>
    /// <param name="ranks">R[0..d].</param>
    /// <param name="cores">The cores.</param>
    public TtmTensor(long rows, int[] rowModes, int[] columnModes, int[] ranks, double[][] cores)
    {
        ArgumentNullException.ThrowIfNull(rowModes);
        ArgumentNullException.ThrowIfNull(columnModes);
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(cores);
        Rows = rows;
        RowModes = rowModes;
        ColumnModes = columnModes;
        Ranks = ranks;
        Cores = cores;
        for (int k = 0; k < cores.Length; k++)
        {
            if (cores[k].Length != CoreLength(k))
            {
                throw new ArgumentException($"Core {k} of ranks [{string.Join(", ", ranks)}] has {CoreLength(k)} numbers, but there are {cores[k].Length}.", nameof(cores));
            }
        }
    }

    /// <summary>Gets the valid rows.</summary>
    public long Rows { get; }

    /// <summary>Gets the row modes I.</summary>
    public IReadOnlyList<int> RowModes { get; }

    /// <summary>Gets the column modes J.</summary>
    public IReadOnlyList<int> ColumnModes { get; }

    /// <summary>Gets the TT ranks R[0..d].</summary>
    public int[] Ranks { get; }

    /// <summary>Gets the cores.</summary>
    public double[][] Cores { get; }

    /// <summary>Gets the order d.</summary>
    public int Order => Cores.Length;

    /// <summary>Gets the shape.</summary>
    public TtmShape Shape => new(Rows, [.. RowModes], [.. ColumnModes], Ranks);

    /// <summary>Gets the stored numbers.</summary>
    public long StoredElements => Enumerable.Range(0, Order).Sum(CoreLength);

    /// <summary>Makes the TT-matrix whose cores a device stores.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="cores">The cores as stored, (I[k], R[k], J[k], R[k+1]).</param>
    /// <returns>The tensor.</returns>
    public static TtmTensor FromStored(TtmShape shape, IReadOnlyList<float[]> cores)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(cores);
        double[][] moved = new double[shape.Order][];
        for (int k = 0; k < shape.Order; k++)
        {
            (int left, int rows, int rest) = (shape.Ranks[k], shape.RowModes[k], shape.ColumnModes[k] * shape.Ranks[k + 1]);
            moved[k] = new double[left * rows * rest];
            for (int i = 0; i < rows; i++)
            {
                for (int r = 0; r < left; r++)
                {
                    SmallMatrices.Widen(cores[k].AsSpan(((i * left) + r) * rest, rest), moved[k].AsSpan(((r * rows) + i) * rest, rest));
                }
            }
        }

        return new TtmTensor(shape.Rows, shape.RowModes.ToArray(), shape.ColumnModes.ToArray(), shape.Ranks.ToArray(), moved);
    }

    /// <summary>Gets a core as devices store it.</summary>
    /// <param name="k">The core.</param>
    /// <returns>(I[k], R[k], J[k], R[k+1]).</returns>
    public float[] Stored(int k)
    {
        (int left, int rows, int rest) = (Ranks[k], RowModes[k], ColumnModes[k] * Ranks[k + 1]);
        float[] stored = new float[Cores[k].Length];
        for (int i = 0; i < rows; i++)
        {
            for (int r = 0; r < left; r++)
            {
                ReadOnlySpan<double> source = Cores[k].AsSpan(((r * rows) + i) * rest, rest);
                Span<float> target = stored.AsSpan(((i * left) + r) * rest, rest);
                for (int x = 0; x < rest; x++)
                {
                    target[x] = (float)source[x];
                }
            }
        }

        return stored;
    }

    /// <summary>Copies the tensor.</summary>
    /// <returns>The copy.</returns>
    public TtmTensor Clone() => new(Rows, [.. RowModes], [.. ColumnModes], [.. Ranks], [.. Cores.Select(core => (double[])core.Clone())]);

    /// <summary>Gets R[k]·I[k]·J[k]·R[k+1].</summary>
    internal long CoreLength(int k) => (long)Ranks[k] * RowModes[k] * ColumnModes[k] * Ranks[k + 1];
}
