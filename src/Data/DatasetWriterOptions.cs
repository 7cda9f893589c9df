using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Where and how a dataset is written.</summary>
public sealed record DatasetWriterOptions
{
    /// <summary>Gets the folder to make.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets a value indicating whether a dataset that is there already is replaced (when the new one is whole) and not refused.</summary>
    /// <value>The default is false.</value>
    public bool Overwrite { get; init; }

    /// <summary>Gets the columns, transform and encoding; its lists of files are ignored.</summary>
    public required DatasetSchema Schema { get; init; }

    /// <summary>Gets the rows after which the next file of a split begins.</summary>
    /// <value>The default is 1,048,576 rows.</value>
    public int RowsPerFile { get; init; } = 1 << 20;

    /// <summary>Gets the rows of a row group.</summary>
    /// <value>The default is 65,536 rows.</value>
    public int RowGroupRows { get; init; } = 1 << 16;

    /// <summary>Gets the memory for rows that are not on disk yet, in bytes; more is spilled beside the dataset.</summary>
    /// <value>The default is 1 GiB.</value>
    public long MemoryLimitBytes { get; init; } = 1L << 30;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range.</exception>
    public void Validate()
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(Folder))
        {
            problems.Add("Folder is empty; name the folder to make.");
        }

        if (RowsPerFile < 1)
        {
            problems.Add($"RowsPerFile is {RowsPerFile}; at least 1 is needed.");
        }

        if (RowGroupRows < 2048)
        {
            problems.Add($"RowGroupRows is {RowGroupRows}; at least 2048 are needed.");
        }

        if (MemoryLimitBytes < 64 << 20)
        {
            problems.Add($"MemoryLimitBytes is {MemoryLimitBytes}; at least {64 << 20} are needed.");
        }

        if (problems.Count > 0)
        {
            throw new OptionsException(problems);
        }
    }
}
