using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Shares the rows of a split out among workers: every row belongs to exactly one.</summary>
/// <remarks>
/// With at least two files per worker a worker gets whole files (the largest first, each to the worker with the fewest rows so far, so shares
/// differ by at most one file); else worker w of W gets the rows <c>[w·N/W, (w+1)·N/W)</c> of the files laid end to end.
/// <para>The shares are the same in every epoch; their order is not.</para>
/// </remarks>
internal sealed class ShardPlan
{
    private const ulong FilesPurpose = 0x46494C45;

    private readonly ShardPiece[] _pieces;

    private ShardPlan(ShardPiece[] pieces, long firstRow)
    {
        _pieces = pieces;
        FirstRow = firstRow;
        Rows = pieces.Sum(static piece => piece.Rows);
    }

    /// <summary>Gets the rows of this worker.</summary>
    internal long Rows { get; }

    /// <summary>Gets the rows of the workers before this one.</summary>
    internal long FirstRow { get; }

    /// <summary>Shares files out.</summary>
    /// <param name="files">The files with their full paths, in order.</param>
    /// <param name="worker">This worker.</param>
    /// <param name="worldSize">The number of workers.</param>
    /// <returns>This worker's share.</returns>
    internal static ShardPlan Make(IReadOnlyList<DatasetFile> files, int worker, int worldSize)
    {
        List<ShardPiece>[] shares = files.Count >= 2L * worldSize ? ShareFiles(files, worldSize) : ShareRows(files, worldSize);
        long before = shares.Take(worker).Sum(static share => share.Sum(static piece => piece.Rows));
        return new ShardPlan([.. shares[worker]], before);
    }

    /// <summary>Gets the order of this worker's pieces in one epoch.</summary>
    /// <param name="isShuffled">Whether the order is seeded; else it is that of the files.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <returns>The pieces.</returns>
    internal ShardPiece[] Order(bool isShuffled, ulong seed, int epoch)
    {
        if (!isShuffled)
        {
            return _pieces;
        }

        int[] order = new int[_pieces.Length];
        SeededOrder.Permute(order, new RandomStream(seed, FilesPurpose).Derive(seed).Derive((ulong)epoch));
        return [.. order.Select(position => _pieces[position])];
    }

    private static List<ShardPiece>[] ShareFiles(IReadOnlyList<DatasetFile> files, int worldSize)
    {
        List<int>[] shares = [.. Enumerable.Range(0, worldSize).Select(static _ => new List<int>())];
        long[] rows = new long[worldSize];
        foreach (int position in Enumerable.Range(0, files.Count).OrderByDescending(i => files[i].Rows).ThenBy(static i => i))
        {
            int least = Array.IndexOf(rows, rows.Min());
            shares[least].Add(position);
            rows[least] += files[position].Rows;
        }

        return [.. shares.Select(share => share.Order().Select(i => new ShardPiece(files[i].Name, 0, files[i].Rows, files[i].Rows)).ToList())];
    }

    private static List<ShardPiece>[] ShareRows(IReadOnlyList<DatasetFile> files, int worldSize)
    {
        long total = files.Sum(static file => file.Rows);
        List<ShardPiece>[] shares = new List<ShardPiece>[worldSize];
        for (int w = 0; w < worldSize; w++)
        {
            long start = (long)((Int128)total * w / worldSize);
            long end = (long)((Int128)total * (w + 1) / worldSize);
            shares[w] = [];
            long offset = 0;
            foreach (DatasetFile file in files)
            {
                long first = Math.Max(start - offset, 0);
                long last = Math.Min(end - offset, file.Rows);
                if (last > first)
                {
                    shares[w].Add(new ShardPiece(file.Name, first, last - first, file.Rows));
                }

                offset += file.Rows;
            }
        }

        return shares;
    }
}
