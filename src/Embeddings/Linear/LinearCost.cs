using System.Globalization;

namespace Dlrm.Embeddings;

/// <summary>The counted multiply-adds of a tensorised layer's forward pass, in its two ways of execution; backward costs about twice as much in both.</summary>
/// <remarks>
/// <code>
/// rebuild     evaluate W once for each draw,        then B·m·n
/// factored    evaluate L and C once for each draw,  then B·s·(m + n)       W = L·C, L (m × s), C (s × n)
/// </code>
/// </remarks>
/// <param name="Rebuild">Evaluating W.</param>
/// <param name="Dense">The product with W.</param>
/// <param name="Split">Evaluating L and C; infinite when the format has no such split.</param>
/// <param name="Factored">The products with C and L; infinite when there are none.</param>
public readonly record struct LinearCost(double Rebuild, double Dense, double Split, double Factored)
{
    /// <summary>The samples for which costs are told where there is no batch.</summary>
    public const int NominalSamples = 128;

    /// <summary>Gets a value indicating whether the batch is contracted with C and L, because that is counted the cheaper.</summary>
    public bool IsFactored => Split + Factored < Rebuild + Dense;

    /// <summary>Counts.</summary>
    /// <param name="format">The weight's format with its present ranks.</param>
    /// <param name="samples">B.</param>
    /// <param name="draws">The draws of a step.</param>
    /// <returns>The counts.</returns>
    public static LinearCost Of(LowRankFormat format, int samples, int draws = 1)
    {
        ArgumentNullException.ThrowIfNull(format);
        WeightSplit? split = format.Split;
        return new LinearCost(
            draws * format.MultiplyAddsOfAllRows,
            (double)samples * format.Rows * format.Columns,
            split is null ? double.PositiveInfinity : draws * split.MultiplyAdds,
            split is null ? double.PositiveInfinity : (double)samples * split.Size * (format.Rows + format.Columns));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string rebuild = $"rebuild {Millions(Rebuild)} + {Millions(Dense)}";
        return !double.IsFinite(Split) ? $"{rebuild} M multiply-adds"
            : IsFactored ? $"factored {Millions(Split)} + {Millions(Factored)} M multiply-adds ({rebuild})"
            : $"{rebuild} M multiply-adds (factored {Millions(Split)} + {Millions(Factored)})";
    }

    private static string Millions(double count) => (count / 1e6).ToString(count < 1e7 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
