using System.Text.Json.Serialization;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>One embedding table of a compact model, as <c>model.json</c> describes it.</summary>
public sealed record CompactTable
{
    /// <summary>Gets the name of its sparse feature; its tensors start with "tables." and this name.</summary>
    public required string Feature { get; init; }

    /// <summary>Gets the number of ids.</summary>
    public required long Rows { get; init; }

    /// <summary>Gets how it is stored; never Auto.</summary>
    public required TableKind Kind { get; init; }

    /// <summary>Gets how bags become vectors.</summary>
    public required PoolingType Pooling { get; init; }

    /// <summary>Gets the format of a low-rank table.</summary>
    public TensorFormat? Format { get; init; }

    /// <summary>Gets the row modes of a low-rank table.</summary>
    public IReadOnlyList<int>? RowModes { get; init; }

    /// <summary>Gets the column modes of a low-rank table.</summary>
    public IReadOnlyList<int>? ColumnModes { get; init; }

    /// <summary>Gets the rank of every bond of a low-rank table; empty for one that was pruned whole.</summary>
    public IReadOnlyList<int>? Ranks { get; init; }

    /// <summary>Gets the rows that a low-rank table keeps exactly, those of the smallest ids.</summary>
    public int ExactRows { get; init; }

    /// <summary>Gets the number of ids with rows of their own; 0: all.</summary>
    public long KeptRows { get; init; }

    /// <summary>Gets the stored rows of hashing, quotient-remainder (the remainder's table) and frequent rows.</summary>
    public long StoredRows { get; init; }

    /// <summary>Gets a value indicating whether its rows are stored in an order of their own, "tables.FEATURE.order".</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HasRowOrder { get; init; }

    /// <summary>Gets the bytes of its stored numbers.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Gets a value indicating whether the numbers can belong to a table: nothing negative, modes and TT ranks that match.</summary>
    internal bool IsSound => Rows >= 1 && KeptRows >= 0 && KeptRows <= Rows && ExactRows >= 0 && StoredRows >= 0 && (Kind is not (TableKind.LowRank or TableKind.Auto)
        || (Format is not null && RowModes is { Count: > 0 } && ColumnModes is { Count: > 0 } && Ranks is not null && RowModes.Concat(ColumnModes).Concat(Ranks).All(static size => size >= 1)));

    /// <summary>Describes a table of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="table">The table's position.</param>
    /// <returns>The description.</returns>
    internal static CompactTable Of(DlrmModel model, int table)
    {
        string feature = model.Inputs.Names[table];
        long rows = model.Inputs.Cardinalities[table];
        TableOptions options = model.Options.Model.TableOf(feature);
        long kept = options.Kept(rows);
        TableKind kind = EmbeddingBagFactory.Resolve(options, kept);
        BayesianTensor? tensor = model.Bags[table].Tensor;
        bool hasStoredRows = kind is TableKind.Hash or TableKind.QuotientRemainder or TableKind.FrequentRows;
        return new CompactTable
        {
            Feature = feature,
            Rows = rows,
            Kind = kind,
            Pooling = options.Pooling,
            Format = tensor is null ? null : LowRankFormats.Named(tensor.Format.Name),
            RowModes = tensor?.Format.RowModes,
            ColumnModes = tensor?.Format.ColumnModes,
            Ranks = tensor is null ? null : tensor.IsZero ? [] : tensor.Format.Ranks,
            ExactRows = tensor is null ? 0 : checked((int)(kept - tensor.Format.Rows)),
            KeptRows = kept < rows ? kept : 0,
            StoredRows = hasStoredRows ? Math.Min(options.StoredRows, kept) : 0,
            HasRowOrder = options.HasRowOrder,
            StoredBytes = model.StoredBytesOf(table),
        };
    }

    /// <summary>Makes the options of a model that this table's tensors fit.</summary>
    /// <returns>The options.</returns>
    internal TableOptions ToOptions() => new()
    {
        Kind = Kind,
        CompressAbove = 0,
        Pooling = Pooling,
        Format = Format ?? TensorFormat.Ttm,
        RowModes = RowModes ?? [],
        ColumnModes = ColumnModes ?? [],
        StartRanks = Ranks ?? [],
        StartRank = 1,
        ExactRows = ExactRows,
        KeptRows = KeptRows,
        StoredRows = Math.Max(1, StoredRows),
        HasRowOrder = HasRowOrder,
    };

    /// <summary>Counts the numbers that the description asks for, before anything is allocated for them.</summary>
    /// <param name="dim">The embedding dimension.</param>
    /// <returns>The number, beyond 64 bits when the description is absurd.</returns>
    internal Int128 Elements(int dim) => (HasRowOrder ? RowOrderParameter.Words(Kept) : 0) + Kind switch
    {
        TableKind.Dense => (Int128)Kept * dim,
        TableKind.Zero => 0,
        TableKind.Hash or TableKind.FrequentRows => (Int128)StoredRows * dim,
        TableKind.QuotientRemainder => ((Int128)StoredRows + (StoredRows > 0 ? ((Kept - 1) / StoredRows) + 1 : 0)) * dim,
        _ => ((Int128)ExactRows * dim) + FactorElements(dim),
    };

    private long Kept => KeptRows > 0 ? KeptRows : Rows;

    private Int128 FactorElements(int dim)
    {
        if (Ranks is not { Count: > 0 })
        {
            return 0;
        }

        try
        {
            return LowRankFormats.Create(ToOptions().ToLowRank(), Kept - ExactRows, dim).Parameters;
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            return Int128.MaxValue;
        }
    }
}
