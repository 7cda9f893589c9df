using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression.Methods;

/// <summary>A table held in memory as a tensor of balanced row modes and columns, for the methods that need all of it.</summary>
/// <param name="RowModes">Their product is at least the rows.</param>
/// <param name="ColumnModes">Their product is the columns; one alone up to 128 columns.</param>
internal sealed record HeldTable(IReadOnlyList<int> RowModes, IReadOnlyList<int> ColumnModes)
{
    /// <summary>The tensor, one more while it is unfolded or rotated, and the block that is read.</summary>
    private const int Copies = 3;

    /// <summary>Gets the row modes, then the column modes.</summary>
    internal int[] Modes => [.. RowModes, .. ColumnModes];

    /// <summary>Gets the entries, padding included.</summary>
    internal double Entries => Modes.Aggregate(1.0, static (product, mode) => product * mode);

    /// <summary>Counts the bytes that a tensor takes in memory while it is decomposed.</summary>
    /// <param name="entries">Its entries.</param>
    /// <returns>The bytes.</returns>
    internal static double BytesOf(double entries) => Copies * sizeof(double) * entries;

    /// <summary>Chooses the modes of a table.</summary>
    /// <param name="input">The table.</param>
    /// <returns>The modes that a low-rank table of these formats has.</returns>
    internal static HeldTable Of(MethodInput input)
    {
        LowRankFormat format = LowRankFormats.Create(
            new LowRankOptions { Format = TensorFormat.Cp, Order = input.Options.Order, StartRank = 1 }, input.Rows.Rows, input.Rows.Columns);
        return new HeldTable(format.RowModes, format.ColumnModes);
    }

    /// <summary>Reads the rows of a table.</summary>
    /// <param name="input">The table.</param>
    /// <param name="method">Who needs it, for the message.</param>
    /// <returns>The entries, row-major.</returns>
    /// <exception cref="OptionsException">They don't fit into the memory allowed.</exception>
    internal static float[] Rows(MethodInput input, CompressionMethod method)
    {
        double entries = (double)input.Rows.Rows * input.Rows.Columns;
        RequireMemory(input, method, 2 * sizeof(float) * entries, entries);
        float[] rows = new float[(long)entries];
        input.Rows.Read(0, (int)input.Rows.Rows, rows);
        return rows;
    }

    /// <summary>Reads a table as a tensor.</summary>
    /// <param name="input">The table.</param>
    /// <param name="method">Who needs it, for the message.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="OptionsException">It does not fit into the memory allowed.</exception>
    internal DenseTensor Read(MethodInput input, CompressionMethod method)
    {
        RequireMemory(input, method, BytesOf(Entries), Entries);
        return DenseTensor.Read(input.Rows, RowModes, ColumnModes, input.Cancellation);
    }

    /// <summary>Says how a model makes the table.</summary>
    /// <param name="format">Tucker or Cp.</param>
    /// <param name="ranks">The ranks.</param>
    /// <returns>The table's options.</returns>
    internal TableOptions OptionsOf(TensorFormat format, IReadOnlyList<int> ranks) =>
        new() { Kind = TableKind.LowRank, CompressAbove = 0, Format = format, RowModes = RowModes, ColumnModes = ColumnModes, StartRanks = ranks };

    /// <summary>Refuses a table that is too large to be held.</summary>
    /// <param name="input">The table.</param>
    /// <param name="method">Who needs it, for the message.</param>
    /// <param name="bytes">What it needs.</param>
    /// <param name="entries">The longest array.</param>
    /// <exception cref="OptionsException">It does not fit into the memory allowed.</exception>
    internal static void RequireMemory(MethodInput input, CompressionMethod method, double bytes, double entries)
    {
        if (bytes > input.Options.MemoryBytes || entries > Array.MaxLength)
        {
            throw new OptionsException([
                FormattableString.Invariant($"method {TableMethods.NameOf(method)} holds a table in memory: '{input.Table.Name}' of {input.Rows.Rows} × {input.Rows.Columns} needs {bytes / (1 << 20):F0} MiB, but {input.Options.MemoryBytes >> 20} MiB are allowed; ")
                + "give more memory, or take ttSvd or projection, which read tables in blocks of rows"]);
        }
    }
}
