namespace Dlrm.Embeddings;

/// <summary>What a table may hold in memory to look rows up faster; lookups give the same bits with any of it.</summary>
public sealed record InferenceOptions
{
    /// <summary>Gets the bytes that a table may take for products of its leading cores; 0: none are kept.</summary>
    /// <remarks>Source: Desai et al. and Yin et al. (TT-Rec) cache rows; products of leading cores serve every row.</remarks>
    public long InterfaceBytes { get; init; } = 32 << 20;

    /// <summary>Gets the number of finished rows that are kept for small batches, those last asked for; 0: none.</summary>
    public int HotRows { get; init; } = 4096;
}
