namespace Dlrm.Weights;

/// <summary>What opening a file may cost. Files are not trusted: a limit that is met refuses the file.</summary>
public sealed record WeightFileLimits
{
    /// <summary>Gets the bytes of memory that a listing may take: names, pickled objects, directories.</summary>
    /// <value>The default is 32 MiB.</value>
    public long MemoryBytes { get; init; } = 32L << 20;

    /// <summary>Gets the most steps of the pickle machine, over all pickles of a file; they bound its time.</summary>
    /// <value>The default is 8,000,000, some tenths of a second.</value>
    public long Opcodes { get; init; } = 8_000_000;

    /// <summary>Gets how deep containers may be nested.</summary>
    /// <value>The default is 1,000; Python itself pickles no deeper.</value>
    public int Depth { get; init; } = 1_000;

    /// <summary>Gets the most bytes of temporary files, for compressed entries and tables in text.</summary>
    /// <value>The default is 4 GiB.</value>
    public long TemporaryBytes { get; init; } = 4L << 30;
}
