using Dlrm.Checkpoints;
using Dlrm.Embeddings;

namespace Dlrm;

/// <summary>How the compact model stores each kind of parameter. Training uses float32; the numbers are rounded when it has ended.</summary>
public sealed record StorageOptions
{
    /// <summary>Gets the storage of weights of both MLPs; their biases are float16 when this is an integer type.</summary>
    /// <value>The default is Float32.</value>
    public StorageType Mlps { get; init; } = StorageType.Float32;

    /// <summary>Gets the storage of tables that store rows, exact rows beside a TT-matrix included.</summary>
    /// <value>The default is Float32.</value>
    public StorageType Rows { get; init; } = StorageType.Float32;

    /// <summary>Gets the storage of TT cores.</summary>
    /// <value>The default is Float32.</value>
    public StorageType Cores { get; init; } = StorageType.Float32;

    /// <summary>Gets a value indicating whether everything is stored as it was trained.</summary>
    internal bool IsExact => this is { Mlps: StorageType.Float32, Rows: StorageType.Float32, Cores: StorageType.Float32 };

    /// <summary>Counts the bytes of a table that stores rows.</summary>
    /// <param name="rows">The stored rows.</param>
    /// <param name="dim">The embedding dimension.</param>
    /// <returns>Numbers and scales.</returns>
    public long RowBytes(long rows, int dim) => TensorCode.Bytes(Rows, [rows, dim]);

    /// <summary>Counts the bytes of a table.</summary>
    /// <param name="table">Its plan.</param>
    /// <returns>Rows, factors, scales and the order of rows.</returns>
    public long TableBytes(TablePlan table)
    {
        ArgumentNullException.ThrowIfNull(table);
        long order = table.Options.HasRowOrder ? RowOrderParameter.Words(table.KeptRows) * sizeof(long) : 0;
        return order + table.RowTables.Sum(rows => RowBytes(rows, table.EmbeddingDim)) + (table.Format?.Factors.Sum(factor => TensorCode.Bytes(Cores, [.. factor.Dimensions])) ?? 0);
    }

    /// <summary>Counts the bytes of a layer of an MLP.</summary>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="outputs">Its outputs.</param>
    /// <returns>Weight, scales and bias.</returns>
    public long LayerBytes(long inputs, long outputs) => TensorCode.Bytes(Mlps, [outputs, inputs]) + TensorCode.Bytes(Mlps, [outputs]);

    /// <summary>Counts the bytes of a layer whose weight is a low-rank tensor.</summary>
    /// <param name="format">The weight's format, (outputs, inputs).</param>
    /// <returns>Factors, scales and bias.</returns>
    public long LayerBytes(LowRankFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        return format.Factors.Sum(factor => TensorCode.Bytes(Cores, [.. factor.Dimensions])) + TensorCode.Bytes(Mlps, [format.Rows]);
    }

    /// <summary>Gets the storage of a parameter.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <returns>Its type.</returns>
    internal StorageType Of(Parameter parameter) => parameter switch
    {
        DenseParameter => Mlps,
        TableParameter or ShardedTableParameter => Rows,
        _ => Cores,
    };
}
