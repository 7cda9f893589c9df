namespace Dlrm.Weights;

/// <summary>What a reader of one format found in a file.</summary>
/// <param name="Format">The format.</param>
/// <param name="Tensors">The tensors, in the order of the file.</param>
/// <param name="Opaque">What was not understood, by name.</param>
/// <param name="Owned">Temporary sources to release with the file.</param>
internal sealed record WeightListing(WeightFormat Format, IReadOnlyList<StoredTensor> Tensors, IReadOnlyList<OpaqueNode> Opaque, IReadOnlyList<IDisposable> Owned);
