using System.Diagnostics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Walks over a factor tile by tile, spreads one number per component to the entries, and sums per component.</summary>
/// <remarks>
/// <code>weights[e] = perComponent[r(e)]      sums[r] += Σ over entries e of component r of what the visitor adds      r(e) = (e / Inner) mod Size</code>
/// <para>Where a whole number of periods Size·Inner fits into a tile, weights are spread once and sums have a lane for each entry of the tile,
/// folded at the end of the piece; else both are made anew for each tile, by runs. Order of a sum: within a lane (or tile) upwards, then lanes upwards.</para>
/// </remarks>
internal static unsafe class ComponentSweep
{
    private const int UsualTile = 1024;
    private const long UsualPiece = 16384;
    private const int MaxPieces = 256;

    /// <summary>Gets how many entries a tile has.</summary>
    /// <param name="axis">The components.</param>
    /// <returns>A multiple of 8, and of the period when that is at most 1024.</returns>
    internal static int TileLength(RankAxis axis)
    {
        long period = axis.Size * axis.Inner;
        return IsPeriodic(axis) ? (int)(period * 8 * Math.Max(1, UsualTile / (8 * period))) : UsualTile;
    }

    /// <summary>Gets how many entries a piece has: whole tiles.</summary>
    /// <param name="axis">The components.</param>
    /// <param name="length">The factor's length.</param>
    /// <returns>The number of entries.</returns>
    internal static long PieceLength(RankAxis axis, long length)
    {
        int tile = TileLength(axis);
        long wanted = Math.Max(UsualPiece, (length + MaxPieces - 1) / MaxPieces);
        return (wanted + tile - 1) / tile * tile;
    }

    /// <summary>Sweeps over one piece.</summary>
    /// <typeparam name="TVisitor">The work.</typeparam>
    /// <param name="visitor">The work.</param>
    /// <param name="axis">The components.</param>
    /// <param name="perComponent">One number for each component, multiplied by <paramref name="scale"/> after inversion; or null for none.</param>
    /// <param name="scale">w: weights are <c>scale / perComponent[r]</c>.</param>
    /// <param name="start">The first entry, a multiple of the piece length.</param>
    /// <param name="end">The end.</param>
    /// <param name="sums">Receives axis.Size sums.</param>
    internal static void Run<TVisitor>(TVisitor visitor, RankAxis axis, float* perComponent, float scale, long start, long end, Span<double> sums)
        where TVisitor : struct, IComponentVisitor
    {
        Debug.Assert(sums.Length == axis.Size, "One sum for each component.");
        int tile = TileLength(axis);
        bool isPeriodic = IsPeriodic(axis);
        float* weights = stackalloc float[tile];
        double* lanes = stackalloc double[tile];
        new Span<double>(lanes, tile).Clear();
        sums.Clear();
        if (isPeriodic)
        {
            Spread(axis, perComponent, scale, start, tile, weights);
        }

        for (long position = start; position < end; position += tile)
        {
            int length = (int)Math.Min(tile, end - position);
            if (!isPeriodic)
            {
                Spread(axis, perComponent, scale, position, length, weights);
            }

            visitor.Visit(position, length, weights, lanes);
            if (!isPeriodic)
            {
                Fold(axis, position, length, lanes, sums);
                new Span<double>(lanes, tile).Clear();
            }
        }

        if (isPeriodic)
        {
            Fold(axis, start, (int)Math.Min(tile, end - start), lanes, sums);
        }
    }

    private static bool IsPeriodic(RankAxis axis) => axis.Size * axis.Inner <= UsualTile;

    private static void Spread(RankAxis axis, float* perComponent, float scale, long position, int length, float* weights)
    {
        if (perComponent is null)
        {
            return;
        }

        (int component, long inside) = Locate(axis, position);
        for (int x = 0; x < length;)
        {
            int run = (int)Math.Min(axis.Inner - inside, length - x);
            new Span<float>(weights + x, run).Fill(scale / perComponent[component]);
            x += run;
            inside = 0;
            component = component + 1 == axis.Size ? 0 : component + 1;
        }
    }

    private static void Fold(RankAxis axis, long position, int length, double* lanes, Span<double> sums)
    {
        (int component, long inside) = Locate(axis, position);
        for (int x = 0; x < length;)
        {
            int run = (int)Math.Min(axis.Inner - inside, length - x);
            double sum = sums[component];
            for (int stop = x + run; x < stop; x++)
            {
                sum += lanes[x];
            }

            sums[component] = sum;
            inside = 0;
            component = component + 1 == axis.Size ? 0 : component + 1;
        }
    }

    private static (int Component, long Inside) Locate(RankAxis axis, long position)
    {
        long inPeriod = position % (axis.Size * axis.Inner);
        return ((int)(inPeriod / axis.Inner), inPeriod % axis.Inner);
    }
}
