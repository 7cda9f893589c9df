using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>How a split is read.</summary>
public sealed record BatchSourceOptions
{
    /// <summary>Gets the samples of a batch; the last one of an epoch may be smaller. With <see cref="RowSharing.Batches"/> those of all workers together.</summary>
    /// <value>The default is 2,048 samples.</value>
    public int BatchSize { get; init; } = 2048;

    /// <summary>Gets the seed of the order.</summary>
    /// <value>The default is 0.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the rows that are shuffled together; files are shuffled too. 0 keeps the order of files and rows.</summary>
    /// <value>The default is 65,536 rows.</value>
    public int ShuffleWindow { get; init; } = 1 << 16;

    /// <summary>Gets the batches that are read ahead.</summary>
    /// <value>The default is 8 batches.</value>
    public int ReadAhead { get; init; } = 8;

    /// <summary>Gets this worker's position among the workers, in <c>[0, WorldSize)</c>.</summary>
    /// <value>The default is 0.</value>
    public int Worker { get; init; }

    /// <summary>Gets the number of workers that share the rows.</summary>
    /// <value>The default is 1.</value>
    public int WorldSize { get; init; } = 1;

    /// <summary>Gets how the workers share the rows.</summary>
    /// <value>The default is <see cref="RowSharing.Shards"/>.</value>
    public RowSharing Sharing { get; init; } = RowSharing.Shards;

    /// <summary>Gets what happens to an id that is not a row of its table.</summary>
    /// <value>The default is <see cref="IdPolicy.Fail"/>.</value>
    public IdPolicy OutOfRangeIds { get; init; } = IdPolicy.Fail;

    /// <summary>Gets what happens to a row with a dense feature that is missing, NaN or infinite.</summary>
    /// <value>The default is <see cref="NonFinitePolicy.Fail"/>.</value>
    public NonFinitePolicy NonFinite { get; init; } = NonFinitePolicy.Fail;

    /// <summary>Gets the memory that decoding may hold, in bytes.</summary>
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
        Require(problems, nameof(BatchSize), BatchSize, 1);
        Require(problems, nameof(ShuffleWindow), ShuffleWindow, 0);
        Require(problems, nameof(ReadAhead), ReadAhead, 1);
        Require(problems, nameof(WorldSize), WorldSize, 1);
        if (Worker < 0 || Worker >= Math.Max(WorldSize, 1))
        {
            problems.Add($"Worker is {Worker}; with {WorldSize} workers it is 0 to {WorldSize - 1}.");
        }

        if (Sharing == RowSharing.Batches && WorldSize > 1 && NonFinite == NonFinitePolicy.Skip)
        {
            problems.Add($"{WorldSize} workers share batches, but {nameof(NonFinite)} is {NonFinite}: a row left out would move the parts of the others; convert the data without such rows.");
        }

        Require(problems, nameof(MemoryLimitBytes), MemoryLimitBytes, 64 << 20);
        Require(problems, nameof(Threads), Threads, 0);
        if (problems.Count > 0)
        {
            throw new OptionsException(problems);
        }
    }

    private static void Require(List<string> problems, string name, long value, long least)
    {
        if (value < least)
        {
            problems.Add($"{name} is {value}; at least {least} is needed.");
        }
    }
}
