namespace Dlrm.Compression;

/// <summary>How an existing model is compressed.</summary>
public sealed record CompressionOptions
{
    /// <summary>Gets the bytes that the whole model may store.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets the methods of which every table takes the best for the bytes.</summary>
    /// <value>The default is all.</value>
    public IReadOnlyList<CompressionMethod> Methods { get; init; } = Enum.GetValues<CompressionMethod>();

    /// <summary>Gets the storage types that are tried for rows and cores; the best pair is taken.</summary>
    /// <value>The default is float32, float16, int8 and int4.</value>
    public IReadOnlyList<StorageType> Storage { get; init; } = Enum.GetValues<StorageType>();

    /// <summary>Gets the storage type of the towers; null: the first of float32, float16 and int8 in which they take at most a quarter of the bytes, else int8.</summary>
    public StorageType? TowerStorage { get; init; }

    /// <summary>Gets the largest TT rank that is tried.</summary>
    /// <value>The default is 64.</value>
    public int MaxRank { get; init; } = 64;

    /// <summary>Gets the number of row modes of a TT-matrix.</summary>
    /// <value>The default is 3.</value>
    public int Order { get; init; } = 3;

    /// <summary>Gets the rows up to which a table is not decomposed; its rows are stored.</summary>
    /// <value>The default is 100.</value>
    public long CompressAbove { get; init; } = 100;

    /// <summary>Gets the bytes that the decomposition of a table may use.</summary>
    /// <value>The default is 1 GiB.</value>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Gets the seed of sketches.</summary>
    public ulong Seed { get; init; } = 20230516;
}
