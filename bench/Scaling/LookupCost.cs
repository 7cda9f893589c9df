using Dlrm.Numerics;

namespace Dlrm.Bench.Scaling;

/// <summary>Counts what the lookups of a batch need at least; means over batches, per batch.</summary>
/// <remarks>
/// <code>
/// multiply-adds   Σ over k ≥ 1 of distinct (i0..ik) · J[0]·…·J[k] · R[k]·R[k+1]
/// bytes           slabs of distinct digits, once; interfaces of distinct prefixes, written and read; unique rows, written and read; the output; ids
/// step            three times the multiply-adds; the bytes of forward, the same with gradients, and four passes over all entries
/// </code>
/// </remarks>
/// <param name="Shape">The shape.</param>
/// <param name="MultiplyAdds">The multiply-adds of a forward pass.</param>
/// <param name="Bytes">The bytes of a forward pass.</param>
/// <param name="StepBytes">The bytes of a forward pass, a backward pass and an SGD step.</param>
/// <param name="Distinct">The distinct ids.</param>
internal sealed record LookupCost(TtmShape Shape, double MultiplyAdds, double Bytes, double StepBytes, double Distinct)
{
    private const int Cleared = 1;
    private const int Updated = 3;

    /// <summary>Gets the bytes that the table stores.</summary>
    internal long StoredBytes => Shape.Parameters * sizeof(float);

    /// <summary>Gets the multiply-adds of a forward pass, a backward pass and an SGD step.</summary>
    internal double StepMultiplyAdds => 3 * MultiplyAdds;

    /// <summary>Counts.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="batches">The batches.</param>
    /// <returns>The means.</returns>
    internal static LookupCost Of(TtmShape shape, IReadOnlyList<long[]> batches)
    {
        double multiplyAdds = 0;
        double slabs = 0;
        double interfaces = 0;
        double rows = 0;
        double distinct = 0;
        foreach (long[] batch in batches)
        {
            long[] unique = [.. batch.Distinct()];
            distinct += unique.Length;
            rows += (2.0 * unique.Length * shape.EmbeddingDim) + (batch.Length * (double)shape.EmbeddingDim) + (2.0 * batch.Length);
            AddCores(shape, unique, ref multiplyAdds, ref slabs, ref interfaces);
        }

        double passes = sizeof(float) / (double)batches.Count;
        double bytes = passes * (slabs + interfaces + rows);

        // Backward reads slabs, interfaces and rows' gradients again, and reads and writes gradients of slabs and interfaces.
        double backward = passes * ((3 * slabs) + (2 * interfaces) + rows);
        return new LookupCost(
            shape, multiplyAdds / batches.Count, bytes, bytes + backward + ((Cleared + Updated) * (double)shape.Parameters * sizeof(float)), distinct / batches.Count);
    }

    private static void AddCores(TtmShape shape, long[] unique, ref double multiplyAdds, ref double slabs, ref double interfaces)
    {
        // The prefix (i0..ik) of an id is the id without its last modes.
        long below = 1;
        double columns = shape.EmbeddingDim;
        for (int k = shape.Order - 1; k >= 0; k--)
        {
            long[] prefixes = [.. unique.Select(id => id / below).Distinct()];
            slabs += prefixes.Select(prefix => prefix % shape.RowModes[k]).Distinct().Count() * (double)shape.SlabLength(k);
            if (k > 0)
            {
                multiplyAdds += prefixes.Length * columns * shape.Ranks[k] * shape.Ranks[k + 1];
            }

            if (k > 0 && k < shape.Order - 1)
            {
                interfaces += 2.0 * prefixes.Length * columns * shape.Ranks[k + 1];
            }

            below *= shape.RowModes[k];
            columns /= shape.ColumnModes[k];
        }
    }
}
