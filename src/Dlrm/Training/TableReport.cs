namespace Dlrm.Training;

/// <summary>The state of one table while training.</summary>
/// <param name="Name">Its name: "tables.C3".</param>
/// <param name="Description">Its kind, modes and TT ranks in one line.</param>
/// <param name="Ranks">The inner TT ranks; empty for a tensor that was dropped whole, null for a table that is no tensor.</param>
/// <param name="StoredBytes">The bytes that the compact model stores for it.</param>
/// <param name="DenseBytes">The bytes that it would have with every row as it is.</param>
public sealed record TableReport(string Name, string Description, IReadOnlyList<int>? Ranks, long StoredBytes, long DenseBytes)
{
    /// <summary>Describes every table of a model.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The tables in the model's order.</returns>
    public static IReadOnlyList<TableReport> Of(DlrmModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.Bags.Select((bag, t) => new TableReport(
            bag.Name,
            bag.Description,
            bag.Tensor is null ? null : bag.Tensor.IsZero ? [] : bag.Tensor.Format.Ranks,
            model.StoredBytesOf(t),
            bag.Rows * bag.EmbeddingDim * sizeof(float)))];
    }
}
