using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Writes a dataset's folder: batches are appended to splits, and the folder appears when it is whole.</summary>
/// <remarks>
/// Everything is written to a hidden folder beside the target, flushed to disk, and renamed at the end; whatever an earlier run left there is removed first.
/// <code>
/// using DatasetWriter writer = new(new DatasetWriterOptions { Folder = "data/mine", Schema = new DatasetSchema { Dense = ["I1"], Sparse = [new("C1", 100)] } });
/// writer.Append(DatasetSplit.Train, batch);
/// DatasetSchema schema = writer.Complete();
/// </code>
/// </remarks>
public sealed class DatasetWriter : IDisposable
{
    private readonly DatasetWriterOptions _options;
    private readonly string _target;
    private readonly DuckDbConnection _connection;
    private readonly ParquetShardWriter[] _writers;
    private bool _isComplete;

    /// <summary>Initializes a new instance of the <see cref="DatasetWriter"/> class.</summary>
    /// <param name="options">Where, what, and how.</param>
    /// <exception cref="OptionsException">An option is out of range.</exception>
    /// <exception cref="IOException">The target exists and may not be replaced, or the folder beside it can't be made.</exception>
    public DatasetWriter(DatasetWriterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Folder));
        RequireReplaceable(_target, options.Overwrite);
        PartialFolder = Path.Combine(Path.GetDirectoryName(_target)!, $".{Path.GetFileName(_target)}.partial");
        DeleteFolder(PartialFolder);
        Directory.CreateDirectory(PartialFolder);
        SpillFolder = Path.Combine(PartialFolder, ".spill");
        _connection = new DuckDbConnection(new DuckDbOptions { MemoryLimitBytes = options.MemoryLimitBytes, SpillFolder = SpillFolder });
        _writers = [.. Enum.GetValues<DatasetSplit>().Select(split => new ParquetShardWriter(_connection, PartialFolder, split, options))];
    }

    /// <summary>Gets the hidden folder that becomes the dataset; further files of it are written here.</summary>
    internal string PartialFolder { get; }

    /// <summary>Gets the folder for spilled data; it is gone when the dataset is whole.</summary>
    internal string SpillFolder { get; }

    /// <summary>Refuses a target that may not be replaced.</summary>
    /// <param name="folder">The target's full path.</param>
    /// <param name="overwrite">Whether a dataset may be replaced.</param>
    /// <exception cref="IOException">It exists and is no dataset, or may not be replaced.</exception>
    internal static void RequireReplaceable(string folder, bool overwrite)
    {
        if (!Path.Exists(folder) || (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            return;
        }

        if (!File.Exists(Path.Combine(folder, DatasetSchema.FileName)))
        {
            throw new IOException($"{folder} exists and is no dataset: choose another folder, or remove it.");
        }

        if (!overwrite)
        {
            throw new IOException($"{folder} holds a dataset already: choose another folder, or allow it to be replaced.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ParquetShardWriter writer in _writers)
        {
            writer.Dispose();
        }

        _connection.Dispose();
        if (!_isComplete)
        {
            DeleteFolder(PartialFolder);
        }
    }

    /// <summary>Appends the samples of a batch to a split, in order.</summary>
    /// <param name="split">The split.</param>
    /// <param name="batch">The samples; copied.</param>
    /// <exception cref="ArgumentException">The batch is not what the schema says; the message has both sides.</exception>
    /// <exception cref="IOException">Memory or disk do not suffice.</exception>
    public void Append(DatasetSplit split, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        try
        {
            _writers[(int)split].Append(batch);
        }
        catch (DuckDbException exception)
        {
            throw new IOException($"{_target} can't be written: {exception.Message}", exception);
        }
    }

    /// <summary>Completes the dataset: last files, <c>schema.json</c>, flush, rename.</summary>
    /// <returns>The schema as written, with files, rows and fingerprint.</returns>
    /// <exception cref="IOException">Memory or disk do not suffice; nothing appears at the target then.</exception>
    public DatasetSchema Complete()
    {
        DatasetSchema schema;
        try
        {
            schema = _options.Schema with
            {
                Train = _writers[(int)DatasetSplit.Train].Complete(),
                Valid = _writers[(int)DatasetSplit.Valid].Complete(),
                Test = _writers[(int)DatasetSplit.Test].Complete(),
            };
        }
        catch (DuckDbException exception)
        {
            throw new IOException($"{_target} can't be written: {exception.Message}", exception);
        }

        schema = schema with { Fingerprint = schema.ComputeFingerprint() };
        DeleteFolder(SpillFolder);
        schema.Write(PartialFolder);
        foreach (string file in Directory.EnumerateFiles(PartialFolder, "*", SearchOption.AllDirectories))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }

        RequireReplaceable(_target, _options.Overwrite);
        string old = PartialFolder + ".old";
        DeleteFolder(old);
        if (Directory.Exists(_target))
        {
            Directory.Move(_target, old);
        }

        Directory.Move(PartialFolder, _target);
        _isComplete = true;
        DeleteFolder(old);
        return schema;
    }

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
