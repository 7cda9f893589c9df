namespace Dlrm.Weights.Mapping;

/// <summary>Says which tensors of a file are which weights of a DLRM; the command line reads it from a JSON file.</summary>
/// <remarks>
/// <code>
/// { "tables": [{ "name": "item", "weight": "item_emb.weight" }],
///   "bottom": [{ "weight": "mlp.0.weight", "bias": "mlp.0.bias" }],
///   "top": [], "interaction": "lowerTriangle" }
/// </code>
/// </remarks>
public sealed record KeyMapping
{
    /// <summary>Gets the tables, in the order of the feature vectors.</summary>
    public IReadOnlyList<KeyMappingTable> Tables { get; init; } = [];

    /// <summary>Gets the layers of the bottom MLP.</summary>
    public IReadOnlyList<KeyMappingLayer> Bottom { get; init; } = [];

    /// <summary>Gets the layers of the top MLP.</summary>
    public IReadOnlyList<KeyMappingLayer> Top { get; init; } = [];

    /// <summary>Gets the order of the first top layer's input columns.</summary>
    /// <value>The default is the lower triangle.</value>
    public InteractionOrder Interaction { get; init; } = InteractionOrder.LowerTriangle;
}
