namespace Dlrm.Planning;

/// <summary>One tensor of a model before training: a table, or weight and bias of a layer of a tower.</summary>
public sealed record TensorPlan
{
    /// <summary>Gets the name in checkpoints: "tables.C3", "bottom.0".</summary>
    public required string Name { get; init; }

    /// <summary>Gets the rows of a table, or the outputs of a layer.</summary>
    public required long Rows { get; init; }

    /// <summary>Gets the columns of a table, or the inputs of a layer.</summary>
    public required int Columns { get; init; }

    /// <summary>Gets how it is stored: "dense", "hash", or the name of a low-rank format.</summary>
    public required string Kind { get; init; }

    /// <summary>Gets the rows kept exactly beside a low-rank tensor.</summary>
    public int ExactRows { get; init; }

    /// <summary>Gets the row modes; empty unless low-rank.</summary>
    public IReadOnlyList<int> RowModes { get; init; } = [];

    /// <summary>Gets the column modes; empty unless low-rank.</summary>
    public IReadOnlyList<int> ColumnModes { get; init; } = [];

    /// <summary>Gets the starting ranks; empty unless low-rank.</summary>
    public IReadOnlyList<int> Ranks { get; init; } = [];

    /// <summary>Gets the stored numbers.</summary>
    public required long Parameters { get; init; }

    /// <summary>Gets the bytes as the compact model stores them.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets the bytes of every entry in float32.</summary>
    public required long DenseBytes { get; init; }

    /// <summary>Gets the bytes of gradient, optimiser's moments and posterior while training, besides the stored ones.</summary>
    public required long WorkingBytes { get; init; }

    /// <summary>Gets the multiply-adds of one sample, forward: for a table those of one row, for a low-rank layer with its share of what a batch does once.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>Gets a value indicating whether the multiply-adds are those of rows of a low-rank table, which run at another rate than those of layers.</summary>
    public bool IsLookup { get; init; }

    /// <summary>Gets the numbers that every step reads and writes, whatever the batch: all that are not rows of a dense table.</summary>
    public required long SweptNumbers { get; init; }

    /// <summary>Gets what decided how it is stored.</summary>
    public string Reason { get; init; } = string.Empty;
}
