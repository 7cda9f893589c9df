namespace Dlrm;

/// <summary>How the workers of one job work together; one worker needs none of it.</summary>
public sealed record DistributedOptions
{
    /// <summary>Gets the bytes of gradients after which their sum over the workers is started while the rest is still computed.</summary>
    /// <value>The default is 1,048,576 bytes.</value>
    public int BucketBytes { get; init; } = 1 << 20;

    /// <summary>Gets a value indicating whether sums go by worker, upwards, whatever the MPI library would do: the same bits in every run of as many workers, for more traffic.</summary>
    /// <value>The default is false.</value>
    public bool Reproducible { get; init; }

    /// <summary>Gets the steps between two checks that all workers have the same parameters; 0: never.</summary>
    /// <value>The default is 1000.</value>
    public int ConsistencyEvery { get; init; } = 1000;

    /// <summary>Gets the time without progress after which a worker ends the job.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets the most rows of a dense table that every worker has a copy of.</summary>
    /// <value>The default is 65,535 rows.</value>
    public int MostReplicatedRows { get; init; } = (1 << 16) - 1;

    /// <summary>Gets a value indicating whether each worker reads files or row ranges of its own, instead of its part of every batch: nothing is decoded twice, but batches depend on the number of workers.</summary>
    /// <value>The default is false.</value>
    public bool ShardedReading { get; init; }

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        (string Name, object Value, bool IsGood, string Range)[] fields =
        [
            ("bucketBytes", BucketBytes, BucketBytes is >= 1024 and <= 1 << 28, "in [1024, 268435456]"),
            ("consistencyEvery", ConsistencyEvery, ConsistencyEvery >= 0, "0 or above"),
            ("stallTimeout", StallTimeout, StallTimeout >= TimeSpan.FromSeconds(1) && StallTimeout <= TimeSpan.FromDays(1), "between 00:00:01 and 1.00:00:00"),
            ("mostReplicatedRows", MostReplicatedRows, MostReplicatedRows >= 0, "0 or above"),
        ];
        return fields.Where(field => !field.IsGood).Select(field => $"{path}.{field.Name} is {field.Value}; it must be {field.Range}.");
    }
}
