using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Experiments;

/// <summary>One planted tensor: its modes, true ranks and starting ranks.</summary>
/// <remarks>
/// <para>16 columns. TT-matrix: 12·12·12 × 2·2·4 or 8·8·8·8 × 1·2·2·4. Others: row modes 40·40 or 12·12·12, one column mode.</para>
/// <para>True ranks are drawn anew for each seed, at least 2, not all equal; those of a Tucker tensor at most half of the product of the others, so that
/// every component has energy of its own. A fit starts at 2, 3 or 4 times the truth, by seed, capped at what the modes allow.</para>
/// </remarks>
/// <param name="Format">The format.</param>
/// <param name="Order">3 or 4.</param>
/// <param name="Noise">The noise.</param>
/// <param name="Seed">The seed, from 0.</param>
internal sealed record RecoveryCase(TensorFormat Format, int Order, double Noise, int Seed)
{
    private const int Columns = 16;

    /// <summary>Makes the format with its true ranks.</summary>
    /// <returns>The format.</returns>
    internal LowRankFormat Truth() => Make(TrueRanks());

    /// <summary>Makes the format with the ranks at which a fit starts.</summary>
    /// <returns>The format.</returns>
    internal LowRankFormat Start() => Make([.. TrueRanks().Select(size => size * (2 + (Seed % 3)))]);

    private LowRankFormat Make(int[] ranks)
    {
        (int[] rowModes, int[] columnModes) = (Format == TensorFormat.Ttm, Order) switch
        {
            (true, 3) => ((int[])[12, 12, 12], (int[])[2, 2, 4]),
            (true, _) => ([8, 8, 8, 8], [1, 2, 2, 4]),
            (false, 3) => ([40, 40], [Columns]),
            _ => ([12, 12, 12], [Columns]),
        };
        LowRankOptions options = new() { Format = Format, RowModes = rowModes, ColumnModes = columnModes, StartRanks = ranks };
        return LowRankFormats.Create(options, rowModes.Aggregate((product, mode) => product * mode), Columns);
    }

    private int[] TrueRanks()
    {
        (int bonds, int largest) = Format switch
        {
            TensorFormat.Cp => (1, 6),
            TensorFormat.Tucker => (Order, 4),
            TensorFormat.Ring => (Order, 3),
            _ => (Order - 1, 5),
        };
        RandomStream stream = new RandomStream(0, 20210405).Derive((ulong)Format).Derive((ulong)Order).Derive((ulong)Seed);
        for (ulong attempt = 0; ; attempt++)
        {
            RandomStream draws = stream.Derive(attempt);
            int[] ranks = [.. Enumerable.Range(0, bonds).Select(bond => 2 + (int)(draws.Derive((ulong)bond).Stream % (ulong)(largest - 1)))];
            bool isVaried = bonds == 1 || ranks.Distinct().Count() > 1;
            bool isFull = Format != TensorFormat.Tucker || ranks.All(size => 2 * size * size <= ranks.Aggregate((product, other) => product * other));
            if (isVaried && isFull)
            {
                return ranks;
            }
        }
    }
}
