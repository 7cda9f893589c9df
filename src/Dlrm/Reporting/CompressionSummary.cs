using Dlrm.Compression;

namespace Dlrm.Reporting;

/// <summary>What the report of a compression says.</summary>
public sealed record CompressionSummary
{
    /// <summary>Gets the title.</summary>
    public required string Title { get; init; }

    /// <summary>Gets facts for the head of the page, by name: the source, the machine.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>Gets the results, when they were measured: the source, the compressed model, that after fine-tuning.</summary>
    public IReadOnlyList<ResultRow> Results { get; init; } = [];

    /// <summary>Gets the tables.</summary>
    public required IReadOnlyList<CompressedTable> Tables { get; init; }

    /// <summary>Gets the weights and biases of the towers.</summary>
    public required IReadOnlyList<CompressedTower> Towers { get; init; }

    /// <summary>Gets the bytes of the source in float32.</summary>
    public required long DenseBytes { get; init; }

    /// <summary>Gets the bytes of the compressed model.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets how the numbers of the compressed model are stored.</summary>
    public required StorageOptions Storage { get; init; }
}
