using Dlrm.Embeddings;

namespace Dlrm.Checkpoints;

/// <summary>One layer of a compact model whose weight is a low-rank tensor, as <c>model.json</c> describes it.</summary>
public sealed record CompactLayer
{
    /// <summary>Gets the name of the layer: "top.0"; its tensors start with it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the format of the weight.</summary>
    public required TensorFormat Format { get; init; }

    /// <summary>Gets the row modes; they make the outputs.</summary>
    public required IReadOnlyList<int> RowModes { get; init; }

    /// <summary>Gets the column modes; they make the inputs.</summary>
    public required IReadOnlyList<int> ColumnModes { get; init; }

    /// <summary>Gets the rank of every bond; empty for a weight that was pruned whole.</summary>
    public required IReadOnlyList<int> Ranks { get; init; }

    /// <summary>Gets the bytes of the weight's stored numbers.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Gets a value indicating whether the numbers can belong to a layer.</summary>
    internal bool IsSound => RowModes.Count > 0 && ColumnModes.Count > 0 && RowModes.Concat(ColumnModes).Concat(Ranks).All(static size => size >= 1);

    /// <summary>Makes the format with its ranks.</summary>
    /// <param name="outputs">m.</param>
    /// <param name="inputs">n.</param>
    /// <returns>The format; with ranks of 1 when it was pruned whole.</returns>
    /// <exception cref="ArgumentException">Modes or ranks don't fit the layer.</exception>
    public LowRankFormat ToFormat(int outputs, int inputs) => LinearFormats.Create(ToOptions(), outputs, inputs);

    /// <summary>Describes the tensorised layers of a model.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The layers, or null when there are none.</returns>
    internal static IReadOnlyList<CompactLayer>? Of(DlrmModel model) => model.TensorizedLayers.Count == 0 ? null :
    [
        .. model.TensorizedLayers.Select(layer => new CompactLayer
        {
            Name = layer.Name,
            Format = LowRankFormats.Named(layer.Tensor.Format.Name),
            RowModes = layer.Tensor.Format.RowModes,
            ColumnModes = layer.Tensor.Format.ColumnModes,
            Ranks = layer.Tensor.IsZero ? [] : layer.Tensor.Format.Ranks,
            StoredBytes = StoredBytesCounter.Count([layer.Tensor], model.Options.Model.Storage),
        }),
    ];

    /// <summary>Makes the options that this layer's tensors fit.</summary>
    /// <returns>The options.</returns>
    internal LowRankOptions ToOptions() => new() { Format = Format, RowModes = RowModes, ColumnModes = ColumnModes, StartRanks = Ranks, StartRank = 1 };
}
