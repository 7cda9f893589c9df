using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Makes formats for weights of linear layers: modes split outputs and inputs exactly, nothing is padded.</summary>
public static class LinearFormats
{
    /// <summary>Makes the format of a weight.</summary>
    /// <remarks>
    /// <para>Modes that are not given: of the three below, those with which the format stores the fewest numbers at its starting ranks. A size with a
    /// large prime factor has no balanced modes; the last choice is then the smallest.</para>
    /// <code>
    /// order row modes × order column modes      both as equal as prime factors allow: 512 × 256 gives [32·16] × [16·16]
    /// order row modes × the format's own        479 columns stay one mode
    /// one row mode × one column mode            layout projection: always this one
    /// </code>
    /// <para>Auto is the last choice as a TT: two matrices, (outputs × R)·(R × inputs), of which the batch is multiplied with one after the other.</para>
    /// </remarks>
    /// <param name="options">Format, layout, order, ranks; and modes, when they are given.</param>
    /// <param name="outputs">m, the rows of the weight.</param>
    /// <param name="inputs">n, its columns.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentException">Given modes don't make m and n exactly, or don't fit the format.</exception>
    public static LowRankFormat Create(LowRankOptions options, int outputs, int inputs)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Format == TensorFormat.Auto)
        {
            options = options with { Format = TensorFormat.Tt, Layout = ModeLayout.Projection };
        }

        if (options.RowModes.Count > 0)
        {
            LowRankFormat given = LowRankFormats.Create(options, outputs, inputs);
            return given.RowModes.Aggregate(1L, static (product, mode) => product * mode) == outputs ? given
                : throw new ArgumentException($"Row modes [{string.Join(", ", given.RowModes)}] must make the layer's {outputs} outputs exactly.");
        }

        LowRankOptions projection = options with { Layout = ModeLayout.Projection };
        if (options.Layout == ModeLayout.Projection)
        {
            return LowRankFormats.Create(projection, outputs, inputs);
        }

        // Large row modes come first and large column modes last: a format that pairs them stores the sum of their products.
        int[] rowModes = TtmModes.Exact(outputs, options.Order);
        Array.Reverse(rowModes);
        LowRankOptions own = options with { RowModes = rowModes };
        LowRankOptions balanced = own with { ColumnModes = TtmModes.Exact(inputs, options.Order) };
        return new[] { balanced, own, projection }.Select(choice => LowRankFormats.Create(choice, outputs, inputs)).MinBy(static format => format.Parameters)!;
    }
}
