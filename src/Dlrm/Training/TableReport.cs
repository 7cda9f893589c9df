using Dlrm.Checkpoints;
using Dlrm.Embeddings;

namespace Dlrm.Training;

/// <summary>The state of one table, or of one layer's weight that is a tensor, while training.</summary>
/// <param name="Name">Its name: "tables.C3", "top.0.weight".</param>
/// <param name="Description">Its kind, modes and TT ranks in one line.</param>
/// <param name="Ranks">The inner TT ranks; empty for a tensor that was dropped whole, null for a table that is no tensor.</param>
/// <param name="StoredBytes">The bytes that the compact model stores for it.</param>
/// <param name="DenseBytes">The bytes that it would have with every row as it is.</param>
public sealed record TableReport(string Name, string Description, IReadOnlyList<int>? Ranks, long StoredBytes, long DenseBytes)
{
    /// <summary>Describes every table of a model and every weight that is a tensor.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The tables in the model's order, then the layers of the bottom and the top MLP.</returns>
    public static IReadOnlyList<TableReport> Of(DlrmModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        IEnumerable<TableReport> tables = model.Bags.Select((bag, t) =>
            new TableReport(bag.Name, bag.Description, RanksOf(bag.Tensor), model.StoredBytesOf(t), bag.Rows * bag.EmbeddingDim * sizeof(float)));
        IEnumerable<TableReport> layers = model.TensorizedLayers.Select(layer => new TableReport(
            layer.Tensor.Name, layer.Description, RanksOf(layer.Tensor), StoredBytesCounter.Count([layer.Tensor], model.Options.Model.Storage), (long)layer.Outputs * layer.Inputs * sizeof(float)));
        return [.. tables, .. layers];
    }

    private static IReadOnlyList<int>? RanksOf(BayesianTensor? tensor) => tensor is null ? null : tensor.IsZero ? [] : tensor.Format.Ranks;
}
