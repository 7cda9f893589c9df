namespace Dlrm.Data.Interop;

/// <summary>How much of the machine a DuckDB database may use.</summary>
internal sealed record DuckDbOptions
{
    /// <summary>Gets the memory that DuckDB may hold before it spills or fails, in bytes.</summary>
    internal long MemoryLimitBytes { get; init; } = 4L << 30;

    /// <summary>Gets the folder for spilled data; null forbids spilling.</summary>
    internal string? SpillFolder { get; init; }

    /// <summary>Gets the number of threads; 0 leaves the choice to DuckDB (one per processor).</summary>
    internal int Threads { get; init; }
}
