using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The catalogue of formats: makes one from options and the size of the full tensor.</summary>
public static class LowRankFormats
{
    private static readonly Dictionary<TensorFormat, Func<LowRankOptions, long, int, LowRankFormat>> Builders = new()
    {
        [TensorFormat.Ttm] = ChainBuilder.Ttm,
        [TensorFormat.Tt] = ChainBuilder.Tt,
        [TensorFormat.Cp] = CpFormat.Create,
        [TensorFormat.Tucker] = TuckerFormat.Create,
        [TensorFormat.Ring] = ChainBuilder.Ring,
    };

    /// <summary>Gets every format that there is; Auto is none.</summary>
    public static IReadOnlyCollection<TensorFormat> All => Builders.Keys;

    /// <summary>Makes a format with its starting ranks, capped at what the modes allow.</summary>
    /// <param name="options">What is given.</param>
    /// <param name="rows">The rows of the full tensor.</param>
    /// <param name="columns">The columns of the full tensor.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentException">Modes or ranks don't fit the tensor or one another.</exception>
    public static LowRankFormat Create(LowRankOptions options, long rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Builders.TryGetValue(options.Format, out Func<LowRankOptions, long, int, LowRankFormat>? builder))
        {
            throw new ArgumentException($"{options.Format} is no format of a tensor; there are {string.Join(", ", Builders.Keys)}. {nameof(FormatChooser)} chooses one for an embedding table.");
        }

        LowRankFormat format = builder(options, rows, columns);
        return format.Columns == columns ? format
            : throw new ArgumentException($"Column modes [{string.Join(", ", format.ColumnModes)}] make {format.Columns} columns, but there are {columns}.");
    }

    /// <summary>Finds the format of a name.</summary>
    /// <param name="name"><see cref="LowRankFormat.Name"/>: "ttm".</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static TensorFormat Named(string name) => Enum.TryParse(name, ignoreCase: true, out TensorFormat format) && Builders.ContainsKey(format) ? format
        : throw new ArgumentException($"'{name}' is no tensor format; there are {string.Join(", ", Builders.Keys)}.", nameof(name));

    /// <summary>Gets the starting ranks: those given, or the same for every bond.</summary>
    /// <param name="options">The options.</param>
    /// <param name="bonds">The number of bonds.</param>
    /// <returns>One for each bond.</returns>
    /// <exception cref="ArgumentException">Another number of ranks is given.</exception>
    internal static int[] StartRanks(LowRankOptions options, int bonds)
    {
        if (options.StartRanks.Count == 0)
        {
            int[] ranks = new int[bonds];
            Array.Fill(ranks, options.StartRank);
            return ranks;
        }

        return options.StartRanks.Count == bonds ? [.. options.StartRanks]
            : throw new ArgumentException($"startRanks [{string.Join(", ", options.StartRanks)}] has {options.StartRanks.Count} ranks, but the format has {bonds} bonds with these modes.");
    }

    /// <summary>Gets row and column modes of a format whose modes are those of the rows, then those of the columns.</summary>
    /// <param name="options">The options.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <returns>The modes: given, or balanced; a column mode alone up to 128 columns.</returns>
    internal static (int[] Rows, int[] Columns) SeparateModes(LowRankOptions options, long rows, int columns)
    {
        bool isProjection = options.Layout == ModeLayout.Projection;
        int[] rowModes = options.RowModes.Count > 0 ? [.. options.RowModes] : TtmModes.Rows(rows, isProjection ? 1 : options.Order);
        int[] columnModes = options.ColumnModes.Count > 0 ? [.. options.ColumnModes] : isProjection || columns <= 128 ? [columns] : TtmModes.Balanced(columns);
        return (rowModes, columnModes);
    }
}
