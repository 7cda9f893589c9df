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

    /// <summary>Chooses the modes of a table.</summary>
    /// <param name="input">The table.</param>
    /// <returns>The modes that a low-rank table of these formats has.</returns>
    internal static HeldTable Of(MethodInput input)
    {
        LowRankFormat format = LowRankFormats.Create(
            new LowRankOptions { Format = TensorFormat.Cp, Order = input.Options.Order, StartRank = 1 }, input.Rows.Rows, input.Rows.Columns);
        return new HeldTable(format.RowModes, format.ColumnModes);
    }

    /// <summary>Reads a table.</summary>
    /// <param name="input">The table.</param>
    /// <param name="method">Who needs it, for the message.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="OptionsException">It does not fit into the memory allowed.</exception>
    internal DenseTensor Read(MethodInput input, CompressionMethod method)
    {
        double bytes = Copies * sizeof(double) * Entries;
        return bytes <= input.Options.MemoryBytes && Entries <= Array.MaxLength
            ? DenseTensor.Read(input.Rows, RowModes, ColumnModes, input.Cancellation)
            : throw new OptionsException([
                FormattableString.Invariant($"method {TableMethods.NameOf(method)} holds a table in memory: '{input.Table.Name}' of {input.Rows.Rows} × {input.Rows.Columns} needs {bytes / (1 << 20):F0} MiB, but {input.Options.MemoryBytes >> 20} MiB are allowed; ")
                + "give more memory, or take tt-svd or projection, which read tables in blocks of rows"]);
    }

    /// <summary>Says how a model makes the table.</summary>
    /// <param name="format">Tucker or Cp.</param>
    /// <param name="ranks">The ranks.</param>
    /// <returns>The table's options.</returns>
    internal TableOptions OptionsOf(TensorFormat format, IReadOnlyList<int> ranks) =>
        new() { Kind = TableKind.LowRank, CompressAbove = 0, Format = format, RowModes = RowModes, ColumnModes = ColumnModes, StartRanks = ranks };
}
