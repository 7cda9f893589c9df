using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Multiplies matrices: <c>C = f(op(A)·op(B) + bias + (accumulate ? C : 0))</c>.</summary>
/// <remarks>
/// <para>op(B) is packed once into panels of two vectors of columns; pieces of C are then independent. A piece walks the inner size in blocks of
/// <see cref="GemmProblem.DepthBlock"/>: for each panel (first-level cache) all its rows pass through <see cref="TileKernels"/>.</para>
/// <para>Order: each element sums p ascending in blocks; the cut depends on the shape and the vector width only, never on threads.</para>
/// <para>Cost: m·n·k multiply-adds; scratch k·n for the panels, and PieceRows × DepthBlock a thread when A is transposed.</para>
/// <para>Source of the blocking: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 2008.</para>
/// </remarks>
internal static unsafe class GemmKernels
{
    /// <summary>Fewer multiply-adds than this are one piece: waking a thread costs more.</summary>
    private const long SmallWork = 1 << 19;

    /// <summary>Chooses panels and pieces for a shape.</summary>
    /// <typeparam name="TLanes">The vector width.</typeparam>
    /// <typeparam name="TVector">The vector.</typeparam>
    /// <param name="g">The product; its cut is set.</param>
    internal static void Cut<TLanes, TVector>(ref GemmProblem g)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        g.PanelColumns = 2 * TLanes.Count;
        g.Panels = (g.N + g.PanelColumns - 1) / g.PanelColumns;
        g.PieceRows = Math.Max(g.M, 1);
        g.PiecePanels = Math.Max(g.Panels, 1);
        if ((long)g.M * g.N * g.K > SmallWork)
        {
            const int WantedPieces = 16;
            int tiles = (g.M + TLanes.TileRows - 1) / TLanes.TileRows;
            g.PieceRows = TLanes.TileRows * Math.Clamp(tiles / WantedPieces, 1, 8);
            int down = (g.M + g.PieceRows - 1) / g.PieceRows;
            int across = Math.Clamp(WantedPieces / down, 1, g.Panels);
            g.PiecePanels = (g.Panels + across - 1) / across;
        }
    }

    /// <summary>Tells whether packing B pays: always when transposed or ragged, else when enough rows use each panel.</summary>
    /// <param name="g">The product, cut.</param>
    /// <returns>Whether to pack.</returns>
    internal static bool NeedsPacking(in GemmProblem g) => g.BColumn != 1 || g.N % g.PanelColumns != 0 || (g.M > 32 && g.K > 32);

    /// <summary>Packs panels of op(B): for each depth block, for each panel, depth × PanelColumns, zeros beyond N.</summary>
    /// <param name="g">The product, cut.</param>
    /// <param name="firstPanel">The first panel.</param>
    /// <param name="endPanel">After the last panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackB(in GemmProblem g, int firstPanel, int endPanel)
    {
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            int column = panel * g.PanelColumns;
            int columns = Math.Min(g.PanelColumns, g.N - column);
            for (int depth = 0; depth < g.K; depth += GemmProblem.DepthBlock)
            {
                int length = Math.Min(GemmProblem.DepthBlock, g.K - depth);
                float* source = g.B + (depth * g.BDepth) + (column * g.BColumn);
                float* target = PackedPanel(g, panel, depth);
                if (g.BColumn == 1)
                {
                    PackRows(source, g.BDepth, length, columns, target, g.PanelColumns);
                }
                else
                {
                    TransposeKernels.Transpose(source, g.BColumn, columns, length, target, g.PanelColumns);
                    ZeroColumns(target, length, columns, g.PanelColumns);
                }
            }
        }
    }

    /// <summary>Computes one piece of C.</summary>
    /// <typeparam name="TLanes">The vector width.</typeparam>
    /// <typeparam name="TVector">The vector.</typeparam>
    /// <param name="g">The product, cut, and packed if needed.</param>
    /// <param name="piece">The piece.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Piece<TLanes, TVector>(in GemmProblem g, int piece)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int firstRow = piece / g.PiecesAcross * g.PieceRows;
        int rows = Math.Min(g.PieceRows, g.M - firstRow);
        int firstPanel = piece % g.PiecesAcross * g.PiecePanels;
        int endPanel = Math.Min(firstPanel + g.PiecePanels, g.Panels);

        // Columns of a transposed A are far apart: copied once when more than one panel reads them.
        bool packsA = g.ADepth != 1 && endPanel - firstPanel > 1;
        float* packedA = packsA ? ThreadScratch.Floats((long)(rows + TLanes.TileRows) * GemmProblem.DepthBlock) : null;
        int depth = 0;
        do
        {
            int length = Math.Min(GemmProblem.DepthBlock, g.K - depth);
            Tile tile = new()
            {
                A = g.A + (firstRow * g.ARow) + (depth * g.ADepth),
                ARow = g.ARow,
                ADepth = g.ADepth,
                ATile = TLanes.TileRows * g.ARow,
                BDepth = g.PackedB is null ? g.BDepth : g.PanelColumns,
                Depth = length,
                CRow = g.CRow,
                Accumulate = g.Accumulate || depth > 0,
                Relu = g.Relu && depth + length == g.K,
            };
            if (packsA)
            {
                for (int row = 0; row < rows; row += TLanes.TileRows)
                {
                    PackRows(tile.A + row, g.ADepth, length, Math.Min(TLanes.TileRows, rows - row), packedA + (row * length), TLanes.TileRows);
                }

                tile.A = packedA;
                tile.ARow = 1;
                tile.ADepth = TLanes.TileRows;
                tile.ATile = TLanes.TileRows * length;
            }

            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int column = panel * g.PanelColumns;
                tile.B = g.PackedB is null ? g.B + (depth * g.BDepth) + column : PackedPanel(g, panel, depth);
                tile.C = g.C + (firstRow * g.CRow) + column;
                tile.Bias = g.Bias is null || depth + length < g.K ? null : g.Bias + column;
                Panel<TLanes, TVector>(tile, rows, Math.Min(g.PanelColumns, g.N - column));
            }

            depth += length;
        }
        while (depth < g.K);
    }

    /// <summary>Multiplies some rows by one panel of any number of columns up to two vectors; ragged columns go through a buffer.</summary>
    /// <typeparam name="TLanes">The vector width.</typeparam>
    /// <typeparam name="TVector">The vector.</typeparam>
    /// <param name="tile">The operands; B readable for whole vectors, C and bias only for <paramref name="columns"/>.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    [SkipLocalsInit]
    internal static void Panel<TLanes, TVector>(Tile tile, int rows, int columns)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (columns % TLanes.Count == 0)
        {
            TileKernels.Rows<TLanes, TVector>(rows, columns, tile);
            return;
        }

        int width = 2 * TLanes.Count;
        float* buffer = stackalloc float[8 * 32];
        float* bias = stackalloc float[32];
        if (tile.Bias is not null)
        {
            new Span<float>(bias, width).Clear();
            new Span<float>(tile.Bias, columns).CopyTo(new Span<float>(bias, width));
            tile.Bias = bias;
        }

        float* c = tile.C;
        tile.C = buffer;
        (nint cRow, tile.CRow) = (tile.CRow, width);
        for (int row = 0; row < rows; row += TLanes.TileRows)
        {
            int height = Math.Min(TLanes.TileRows, rows - row);
            for (int i = 0; tile.Accumulate && i < height; i++)
            {
                new Span<float>(c + (i * cRow), columns).CopyTo(new Span<float>(buffer + (i * width), columns));
            }

            TileKernels.Rows<TLanes, TVector>(height, columns, tile);
            for (int i = 0; i < height; i++)
            {
                new Span<float>(buffer + (i * width), columns).CopyTo(new Span<float>(c + (i * cRow), columns));
            }

            tile.A += tile.ATile;
            c += TLanes.TileRows * cRow;
        }
    }

    /// <summary>Computes the product element by element in double: the definition.</summary>
    /// <param name="a">op(A), m × k.</param>
    /// <param name="b">op(B), k × n.</param>
    /// <param name="c">C before.</param>
    /// <param name="bias">n numbers, or empty.</param>
    /// <param name="relu">Whether max(·, 0) comes last.</param>
    /// <param name="accumulate">Whether C is added to.</param>
    /// <returns>C after.</returns>
    internal static double[,] Reference(double[,] a, double[,] b, double[,] c, ReadOnlySpan<double> bias, bool relu, bool accumulate)
    {
        double[,] result = new double[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < b.GetLength(1); j++)
            {
                double sum = (bias.IsEmpty ? 0 : bias[j]) + (accumulate ? c[i, j] : 0);
                for (int p = 0; p < a.GetLength(1); p++)
                {
                    sum += a[i, p] * b[p, j];
                }

                result[i, j] = relu ? Math.Max(sum, 0) : sum;
            }
        }

        return result;
    }

    private static float* PackedPanel(in GemmProblem g, int panel, int depth)
    {
        Debug.Assert(depth % GemmProblem.DepthBlock == 0, "Panels are cut at whole depth blocks.");
        int length = Math.Min(GemmProblem.DepthBlock, g.K - depth);
        return g.PackedB + ((nint)depth * g.Panels * g.PanelColumns) + ((nint)panel * g.PanelColumns * length);
    }

    private static void PackRows(float* source, nint sourceRow, int rows, int columns, float* target, int targetRow)
    {
        for (int i = 0; i < rows; i++)
        {
            int j = 0;
            for (; j + 8 <= columns; j += 8)
            {
                Vector256.Load(source + j).Store(target + j);
            }

            for (; j < columns; j++)
            {
                target[j] = source[j];
            }

            for (; j < targetRow; j++)
            {
                target[j] = 0;
            }

            source += sourceRow;
            target += targetRow;
        }
    }

    private static void ZeroColumns(float* target, int rows, int firstColumn, int columns)
    {
        for (int i = 0; firstColumn < columns && i < rows; i++)
        {
            new Span<float>(target + (i * columns) + firstColumn, columns - firstColumn).Clear();
        }
    }
}
