namespace Dlrm.Numerics;

/// <summary>Checks and splits mixed-radix ids of tables, first mode most significant.</summary>
internal static class TableModes
{
    /// <summary>Multiplies mode sizes that are at least 1.</summary>
    /// <param name="modes">The mode sizes.</param>
    /// <returns>Their product; 1 when there are none.</returns>
    /// <exception cref="OverflowException">The product is no long.</exception>
    internal static long Product(ReadOnlySpan<int> modes)
    {
        long product = 1;
        foreach (int mode in modes)
        {
            product = checked(product * mode);
        }

        return product;
    }

    /// <summary>Checks that a table's rows fit into its row modes.</summary>
    /// <param name="rows">The number of valid rows.</param>
    /// <param name="rowModes">The row modes, each ≥ 1.</param>
    /// <returns>The rows including padding.</returns>
    /// <exception cref="ArgumentException">There is no row, or there are more than the modes make.</exception>
    internal static long PaddedRows(long rows, int[] rowModes)
    {
        long paddedRows = Product(rowModes);
        if (rows < 1 || rows > paddedRows)
        {
            throw new ArgumentException($"Row modes [{string.Join(", ", rowModes)}] make {paddedRows} rows, but the table has {rows}: raise a mode until the product is at least {rows}.");
        }

        return paddedRows;
    }

    /// <summary>Splits an id into its digits.</summary>
    /// <param name="id">The id.</param>
    /// <param name="modes">The mode sizes.</param>
    /// <param name="digits">Receives one digit for each mode.</param>
    internal static void Split(long id, ReadOnlySpan<int> modes, Span<int> digits)
    {
        for (int k = modes.Length - 1; k >= 0; k--)
        {
            digits[k] = (int)(id % modes[k]);
            id /= modes[k];
        }
    }
}
