namespace Dlrm;

/// <summary>How the workers of one job share a model.</summary>
public sealed record DistributedOptions
{
    /// <summary>Gets the number of rows above which a dense table is spread over the workers, row i on worker i mod W; smaller ones are whole on each. With one worker nothing is spread.</summary>
    /// <value>The default is 65,536.</value>
    public long ShardAbove { get; init; } = 1 << 16;

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        if (ShardAbove < 0)
        {
            yield return $"{path}.shardAbove is {ShardAbove}; it must be 0 or above.";
        }
    }
}
