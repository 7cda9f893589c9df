using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>One table of the teacher: a TT-matrix of known TT ranks, or a dense matrix.</summary>
/// <remarks>
/// <para>Entries of the table have mean square 1. An entry of a core is (±1 + n) / √2 · (R[1]·…·R[d-1])^(-1/2d), where the sign is the same for
/// all row indices and n is uniform with variance 1. Without that mean every single digit of an id would say nothing about a click, only
/// all of them together (as in a parity), and clicks could not teach the table. Uniform and not normal, because a product of normals has so
/// heavy tails that a few rows would carry the signal.</para>
/// </remarks>
public sealed class TeacherTable
{
    // Power-law ids mostly hit the first rows: these are expanded once.
    private const int MostHeadRows = 4096;

    private readonly float[] _parameters;
    private readonly float[] _head;
    private readonly int _interfaceLength;

    /// <summary>Initializes a new instance of the <see cref="TeacherTable"/> class.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="embeddingDim">The number of columns.</param>
    /// <param name="shape">The TT-matrix, or null for a dense table.</param>
    /// <param name="parameters">The cores one after the other, stored as <see cref="TtmShape"/> says; or the dense rows.</param>
    /// <exception cref="ArgumentException">The number of parameters is not what the shape has.</exception>
    public TeacherTable(long rows, int embeddingDim, TtmShape? shape, float[] parameters)
    {
        long expected = shape?.Parameters ?? checked(rows * embeddingDim);
        if (parameters.LongLength != expected || (shape is not null && (shape.Rows != rows || shape.EmbeddingDim != embeddingDim)))
        {
            throw new ArgumentException(
                $"A teacher table of {rows} rows × {embeddingDim} ({(shape is null ? "dense" : shape.ToString())}) needs {expected} parameters, but there are {parameters.LongLength}.");
        }

        Rows = rows;
        EmbeddingDim = embeddingDim;
        Shape = shape;
        _parameters = parameters;
        int columns = 1;
        for (int k = 0; shape is not null && k < shape.Order; k++)
        {
            columns *= shape.ColumnModes[k];
            _interfaceLength = Math.Max(_interfaceLength, columns * shape.Ranks[k + 1]);
        }

        _head = shape is null ? parameters : ExpandHead();
    }

    /// <summary>Gets the number of rows.</summary>
    public long Rows { get; }

    /// <summary>Gets the number of columns D.</summary>
    public int EmbeddingDim { get; }

    /// <summary>Gets the shape of a TT-matrix table; null for a dense one.</summary>
    public TtmShape? Shape { get; }

    /// <summary>Gets the cores one after the other, or the dense rows.</summary>
    public ReadOnlySpan<float> Parameters => _parameters;

    /// <summary>Gets the bytes of the parameters.</summary>
    public long Bytes => sizeof(float) * _parameters.LongLength;

    /// <summary>Gets the scratch that <see cref="Row"/> needs, in doubles: two interfaces.</summary>
    internal int ScratchLength => 2 * _interfaceLength;

    /// <summary>Draws a table.</summary>
    /// <param name="table">Rows and TT ranks.</param>
    /// <param name="embeddingDim">The number of columns.</param>
    /// <param name="stream">Where the parameters are drawn from.</param>
    /// <returns>The table.</returns>
    internal static TeacherTable Draw(SyntheticTable table, int embeddingDim, RandomStream stream)
    {
        TtmShape? shape = ShapeOf(table, embeddingDim);
        Xoshiro256 random = new(stream);
        float[] parameters = new float[shape?.Parameters ?? (table.Rows * embeddingDim)];
        if (shape is null)
        {
            for (int i = 0; i < parameters.Length; i++)
            {
                parameters[i] = (float)NextUnitVariance(ref random);
            }
        }
        else
        {
            DrawCores(shape, ref random, parameters);
        }

        return new TeacherTable(table.Rows, embeddingDim, shape, parameters);
    }

    /// <summary>Gets the TT-matrix shape of a table: balanced modes of order ranks + 1, unless column modes are given.</summary>
    /// <param name="table">Rows and TT ranks.</param>
    /// <param name="embeddingDim">The number of columns.</param>
    /// <returns>The shape; null for a dense table.</returns>
    internal static TtmShape? ShapeOf(SyntheticTable table, int embeddingDim)
    {
        int order = table.TeacherRanks.Count + 1;
        return table.IsTtm
            ? new TtmShape(table.Rows, TtmModes.Rows(table.Rows, order), ColumnModesOf(table, embeddingDim, order), [1, .. table.TeacherRanks, 1])
            : null;
    }

    /// <summary>Gets one row.</summary>
    /// <remarks><para>Order: core by core from the left, sums over r ascending, in double; rounded to float once.</para></remarks>
    /// <param name="id">The row, in [0, Rows).</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> doubles.</param>
    /// <param name="row">Receives D floats.</param>
    internal void Row(long id, Span<double> scratch, Span<float> row)
    {
        int dim = EmbeddingDim;
        if ((id + 1) * dim <= _head.Length)
        {
            _head.AsSpan((int)id * dim, dim).CopyTo(row);
        }
        else
        {
            Contract(id, scratch, row);
        }
    }

    private static int[] ColumnModesOf(SyntheticTable table, int embeddingDim, int order) =>
        table.ColumnModes.Count > 0 ? [.. table.ColumnModes] : TtmModes.Columns(embeddingDim, order);

    private static void DrawCores(TtmShape shape, ref Xoshiro256 random, Span<float> parameters)
    {
        double ranksProduct = 1;
        foreach (int ttRank in shape.Ranks)
        {
            ranksProduct *= ttRank;
        }

        double deviation = Math.Pow(ranksProduct, -0.5 / shape.Order);
        int at = 0;
        for (int k = 0; k < shape.Order; k++)
        {
            double[] means = new double[shape.SlabLength(k)];
            for (int i = 0; i < means.Length; i++)
            {
                means[i] = random.NextUniform() < 0.5 ? -1 : 1;
            }

            for (int i = 0; i < shape.CoreLength(k); i++)
            {
                double entry = (means[i % means.Length] + NextUnitVariance(ref random)) / Math.Sqrt(2);
                parameters[at++] = (float)(deviation * entry);
            }
        }
    }

    private static double NextUnitVariance(ref Xoshiro256 random) => Math.Sqrt(3) * ((2 * random.NextUniform()) - 1);

    private float[] ExpandHead()
    {
        int rows = (int)Math.Min(Rows, MostHeadRows);
        float[] head = new float[rows * EmbeddingDim];
        double[] scratch = new double[ScratchLength];
        for (int i = 0; i < rows; i++)
        {
            Contract(i, scratch, head.AsSpan(i * EmbeddingDim, EmbeddingDim));
        }

        return head;
    }

    private void Contract(long id, Span<double> scratch, Span<float> row)
    {
        TtmShape shape = Shape!;
        Span<double> partial = scratch[.._interfaceLength];
        Span<double> next = scratch.Slice(_interfaceLength, _interfaceLength);
        partial[0] = 1;
        int heads = 1;
        long below = shape.PaddedRows;
        long offset = 0;
        for (int k = 0; k < shape.Order; k++)
        {
            int left = shape.Ranks[k];
            int width = shape.ColumnModes[k] * shape.Ranks[k + 1];
            below /= shape.RowModes[k];
            long digit = id / below;
            id -= digit * below;
            ReadOnlySpan<float> slab = _parameters.AsSpan((int)(offset + (digit * shape.SlabLength(k))), left * width);
            offset += shape.CoreLength(k);
            for (int p = 0; p < heads; p++)
            {
                for (int w = 0; w < width; w++)
                {
                    double sum = 0;
                    for (int r = 0; r < left; r++)
                    {
                        sum += partial[(p * left) + r] * slab[(r * width) + w];
                    }

                    next[(p * width) + w] = sum;
                }
            }

            heads *= shape.ColumnModes[k];
            Span<double> done = next;
            next = partial;
            partial = done;
        }

        for (int j = 0; j < row.Length; j++)
        {
            row[j] = (float)partial[j];
        }
    }
}
