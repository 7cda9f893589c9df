namespace Dlrm.CommandLine.Configuration;

/// <summary>What a run leaves behind.</summary>
internal sealed record OutputOptions
{
    /// <summary>Gets the checkpoints that are kept.</summary>
    /// <value>The default is 3.</value>
    public int KeepCheckpoints { get; init; } = 3;

    /// <summary>Gets a value indicating whether the compact model has its posterior beside it, which <c>predict --std</c> needs.</summary>
    /// <value>The default is true.</value>
    public bool Posterior { get; init; } = true;

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        if (KeepCheckpoints < 1)
        {
            yield return $"{path}.keepCheckpoints is {KeepCheckpoints}; it must be at least 1.";
        }
    }
}
