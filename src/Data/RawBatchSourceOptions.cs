using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>How raw rows are read for prediction or evaluation.</summary>
public sealed record RawBatchSourceOptions
{
    /// <summary>Gets the samples of a batch; the last one may be smaller.</summary>
    /// <value>The default is 2,048 samples.</value>
    public int BatchSize { get; init; } = 2048;

    /// <summary>Gets how files are read; null for the schema's own column names and formats found out.</summary>
    /// <value>The default is null.</value>
    public RawInputOptions? Input { get; init; }

    /// <summary>Gets a value indicating whether a missing label is an error; else it is counted and reads as 0.</summary>
    /// <value>The default is false.</value>
    public bool RequireLabels { get; init; }

    /// <summary>Gets the memory that decoding may hold, in bytes; the index of the vocabulary comes on top: 16 to 32 bytes a value.</summary>
    /// <value>The default is 1 GiB.</value>
    public long MemoryLimitBytes { get; init; } = 1L << 30;

    /// <summary>Gets the threads that decode; 0 is one per processor.</summary>
    /// <value>The default is 0.</value>
    public int Threads { get; init; }

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range.</exception>
    public void Validate()
    {
        List<string> problems = [];
        if (BatchSize < 1)
        {
            problems.Add($"BatchSize is {BatchSize}; at least 1 is needed.");
        }

        if (MemoryLimitBytes < 64 << 20)
        {
            problems.Add($"MemoryLimitBytes is {MemoryLimitBytes}; at least {64 << 20} are needed.");
        }

        if (Threads < 0)
        {
            problems.Add($"Threads is {Threads}; 0 or more are possible.");
        }

        Input?.Validate(problems);
        if (problems.Count > 0)
        {
            throw new OptionsException(problems);
        }
    }
}
