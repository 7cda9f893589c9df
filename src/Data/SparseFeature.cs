namespace Dlrm.Data;

/// <summary>A feature whose values are rows of an embedding table.</summary>
/// <param name="Name">The column.</param>
/// <param name="Rows">The rows of its table: ids are in <c>[0, Rows)</c>.</param>
public sealed record SparseFeature(string Name, long Rows)
{
    /// <summary>Gets a value indicating whether a sample has a list of ids (of any length, none too) and not exactly one.</summary>
    public bool IsMultiHot { get; init; }

    /// <summary>Gets a value indicating whether every id has a weight, in the column <see cref="WeightsColumn"/>; only with <see cref="IsMultiHot"/>.</summary>
    public bool IsWeighted { get; init; }

    /// <summary>Gets the column of the weights: LIST of float32, as long as the list of ids.</summary>
    internal string WeightsColumn => Name + "_weights";
}
