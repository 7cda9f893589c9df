namespace Dlrm.Embeddings;

/// <summary>Orders the ranks of a TT-matrix by what they buy: from the smallest tensor to the largest, each step the component that saves most error for its bytes.</summary>
/// <remarks><code>step: the bond k with the greatest  σ[k][R[k]]² / (bytes(R with R[k] + 1) − bytes(R))</code></remarks>
public static class CompressionCurve
{
    /// <summary>Lists rank vectors with their bytes and their error.</summary>
    /// <param name="tensor">The tensor, orthogonal from the right, with the largest ranks of interest.</param>
    /// <param name="lostBefore">The squared error that the tensor has already.</param>
    /// <param name="bytes">Counts the stored bytes of the ranks R[1..d).</param>
    /// <param name="mostBytes">Ends the list before points with more bytes.</param>
    /// <returns>Points of rising bytes and falling error, the first with all ranks 1; none when even that has too many bytes.</returns>
    public static IReadOnlyList<CompressionPoint> Of(TtmTensor tensor, double lostBefore, Func<IReadOnlyList<int>, long> bytes, long mostBytes)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(bytes);
        double[][] spectra = TtmRounding.Spectra(tensor);
        int[] ranks = [.. Enumerable.Repeat(1, spectra.Length)];
        double lost = lostBefore + spectra.Sum(values => values.Skip(1).Sum(value => value * value));
        List<CompressionPoint> points = [];
        long size = bytes(ranks);
        while (size <= mostBytes)
        {
            points.Add(new CompressionPoint("tt-svd", size, lost, [.. ranks]));
            (int bond, double gain, long next) = (-1, 0, 0);
            double best = 0;
            for (int k = 0; k < ranks.Length; k++)
            {
                if (ranks[k] == spectra[k].Length || ranks[k] >= MostRank(tensor, ranks, k))
                {
                    continue;
                }

                ranks[k]++;
                long grown = bytes(ranks);
                ranks[k]--;
                double saved = spectra[k][ranks[k]] * spectra[k][ranks[k]];
                if (bond < 0 || saved / Math.Max(grown - size, 1) > best)
                {
                    (bond, gain, next, best) = (k, saved, grown, saved / Math.Max(grown - size, 1));
                }
            }

            if (bond < 0)
            {
                break;
            }

            ranks[bond]++;
            lost = Math.Max(lost - gain, 0);
            size = next;
        }

        return points;
    }

    /// <summary>A bond needs no more than its neighbour's rank times the modes between them.</summary>
    private static int MostRank(TtmTensor tensor, int[] ranks, int bond)
    {
        long left = (bond == 0 ? 1 : ranks[bond - 1]) * (long)tensor.RowModes[bond] * tensor.ColumnModes[bond];
        long right = (bond == ranks.Length - 1 ? 1 : ranks[bond + 1]) * (long)tensor.RowModes[bond + 1] * tensor.ColumnModes[bond + 1];
        return (int)Math.Min(Math.Min(left, right), int.MaxValue);
    }
}
