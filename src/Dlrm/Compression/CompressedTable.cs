namespace Dlrm.Compression;

/// <summary>What became of one table.</summary>
/// <param name="Feature">The table's feature.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="EmbeddingDim">Its columns.</param>
/// <param name="Method">"rows", "projection" or "tt-svd".</param>
/// <param name="Ranks">The ranks of its bonds.</param>
/// <param name="DenseBytes">What its rows are in float32.</param>
/// <param name="Bytes">What is stored.</param>
/// <param name="RelativeError">‖W − Ŵ‖ / ‖W‖, measured on the stored numbers; 0 for a table of zeros.</param>
/// <param name="WorstRowError">The largest ‖w − ŵ‖ of a row, in units of the root mean square of ‖w‖.</param>
public sealed record CompressedTable(
    string Feature, long Rows, int EmbeddingDim, string Method, IReadOnlyList<int> Ranks, long DenseBytes, long Bytes, double RelativeError, double WorstRowError)
{
    /// <summary>Gets the singular values of the bonds of the method taken, falling, as far as they were computed; empty when it has no bonds.</summary>
    public IReadOnlyList<double[]> Spectra { get; init; } = [];
}

/// <summary>A compressed model and what became of its tables.</summary>
/// <param name="Model">The model, rounded as it is stored; the receiver disposes it.</param>
/// <param name="Tables">Its tables.</param>
/// <param name="DenseBytes">The bytes of the source in float32.</param>
public sealed record CompressedModel(DlrmModel Model, IReadOnlyList<CompressedTable> Tables, long DenseBytes) : IDisposable
{
    private bool _isDetached;

    /// <summary>Gets the stored bytes of the whole model.</summary>
    public long Bytes => Model.StoredBytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDetached)
        {
            Model.Dispose();
        }
    }

    /// <summary>Hands the model over: it is no longer disposed with this.</summary>
    /// <returns>The model.</returns>
    internal DlrmModel Detach()
    {
        _isDetached = true;
        return Model;
    }
}
