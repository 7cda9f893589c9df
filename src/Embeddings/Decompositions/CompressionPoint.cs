namespace Dlrm.Embeddings;

/// <summary>One way to store a matrix of weights: what it costs and what it loses.</summary>
/// <param name="Method">The method in a word or two: "tt-svd", "int8 rows".</param>
/// <param name="Bytes">The stored bytes.</param>
/// <param name="SquaredError">‖W − Ŵ‖², squared Frobenius norm; predicted where the method allows it.</param>
/// <param name="Ranks">The ranks of its bonds, empty when it has none.</param>
public sealed record CompressionPoint(string Method, long Bytes, double SquaredError, IReadOnlyList<int> Ranks)
{
    /// <summary>Gets the position of the method among those that were asked for.</summary>
    public int MethodNumber { get; init; }

    /// <summary>Gets which of several fits of the method it belongs to; 0 when there is one.</summary>
    public int Fit { get; init; }

    /// <summary>Gets the stored rows of methods by which ids share rows; 0 for others.</summary>
    public long StoredRows { get; init; }
}
