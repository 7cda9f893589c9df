namespace Dlrm;

/// <summary>How the workers of one job work together; one worker needs none of it.</summary>
public sealed record DistributedOptions
{
    /// <summary>Gets the most rows of a dense table that every worker has a copy of; of a larger one each worker has the rows i with i mod W its number.</summary>
    /// <value>The default is 65,535 rows.</value>
    public int MostReplicatedRows { get; init; } = (1 << 16) - 1;

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        if (MostReplicatedRows < 0)
        {
            yield return $"{path}.mostReplicatedRows is {MostReplicatedRows}; it must be 0 or above.";
        }
    }
}
