using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dlrm.Embeddings;

namespace Dlrm.Checkpoints;

/// <summary>Keeps the newest checkpoints of a run; each is whole or absent, whatever stops the writer.</summary>
/// <remarks>
/// <code>
/// step-N.tmp/: model.safetensors, optimizer.safetensors, manifest.json last, each flushed to disk; the folder flushed;
/// renamed to step-N; the parent flushed; older ones beyond the number to keep deleted (renamed to .tmp first)
/// </code>
/// <para>When step-N is there already it steps aside as step-N.old until the new one has its name; a search looks there too. Left-overs of both kinds are cleared by the next save.</para>
/// <para>One writer at a time. Checkpoints of later steps than the one saved are never deleted: they are overwritten when the run gets there.</para>
/// </remarks>
public sealed class CheckpointStore
{
    private const string Prefix = "step-";
    private const string TemporarySuffix = ".tmp";
    private const string AsideSuffix = ".old";

    private readonly ICheckpointFiles _files;
    private readonly int _keep;

    /// <summary>Initializes a new instance of the <see cref="CheckpointStore"/> class.</summary>
    /// <param name="folder">The folder of the checkpoints; made by the first save.</param>
    /// <param name="keep">The number of checkpoints to keep, at least 1.</param>
    public CheckpointStore(string folder, int keep = 3)
        : this(folder, keep, new DiskFiles())
    {
    }

    /// <summary>Initializes a new instance of the <see cref="CheckpointStore"/> class that writes through a seam.</summary>
    /// <param name="folder">The folder of the checkpoints.</param>
    /// <param name="keep">The number of checkpoints to keep.</param>
    /// <param name="files">Changes the disk.</param>
    internal CheckpointStore(string folder, int keep, ICheckpointFiles files)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        Folder = folder;
        _keep = keep;
        _files = files;
    }

    /// <summary>Gets the folder of the checkpoints.</summary>
    public string Folder { get; }

    /// <summary>Computes the fingerprint of a run's options.</summary>
    /// <param name="optionsJson">The effective options as JSON.</param>
    /// <returns>SHA-256 in lower-case hexadecimal digits.</returns>
    public static string Fingerprint(string optionsJson) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(optionsJson)));

    /// <summary>Saves a checkpoint and deletes the oldest ones beyond the number to keep.</summary>
    /// <param name="position">Where the run stands.</param>
    /// <param name="optionsJson">The run's effective options; only their fingerprint is kept.</param>
    /// <param name="model">Writes values and posterior; called twice and must do the same both times.</param>
    /// <param name="optimizer">Writes optimiser and trainer state; likewise. What <paramref name="model"/> wrote is not stored again, so it may write everything.</param>
    /// <returns>The folder of the checkpoint.</returns>
    /// <exception cref="CheckpointException">The disk is full, read-only or failing; older checkpoints are as they were.</exception>
    public string Save(CheckpointPosition position, string optionsJson, Action<IStateWriter> model, Action<IStateWriter> optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position.Step);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        string path = Path.Combine(Folder, Prefix + position.Step.ToString(CultureInfo.InvariantCulture));
        string temporary = path + TemporarySuffix;
        string aside = path + AsideSuffix;
        try
        {
            _files.CreateFolder(Folder);
            ClearLeftOvers();
            Write(temporary, position, Fingerprint(optionsJson), model, optimizer);
            if (Directory.Exists(path))
            {
                _files.Move(path, aside);
            }

            _files.Move(temporary, path);
            _files.FlushFolder(Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Try(() => _files.Delete(temporary));
            throw new CheckpointException(
                path, null, "The checkpoint can't be written: " + exception.Message, "Older checkpoints are as they were: make room or mend the disk, then resume.", exception);
        }
        catch
        {
            Try(() => _files.Delete(temporary));
            throw;
        }

        Try(() => DeleteOld(aside, position.Step));
        return path;
    }

    /// <summary>Finds the newest checkpoint whose files all have their hashes.</summary>
    /// <returns>The checkpoint, and the newer ones that were passed over with the reasons.</returns>
    public CheckpointSearch FindNewestValid()
    {
        List<RejectedCheckpoint> rejected = [];
        foreach (string path in Candidates())
        {
            try
            {
                return new CheckpointSearch(Checkpoint.Open(path), rejected);
            }
            catch (CheckpointException exception)
            {
                rejected.Add(new RejectedCheckpoint(path, exception.Message));
            }
        }

        return new CheckpointSearch(null, rejected);
    }

    /// <summary>Lists the folders to look at: the newest step first, and for one step the one that stepped aside last.</summary>
    private IEnumerable<string> Candidates() => Folders()
        .Select(static path => (Path: path, IsAside: path.EndsWith(AsideSuffix, StringComparison.Ordinal)))
        .Select(static folder => (folder.Path, folder.IsAside, Step: StepOf(folder.IsAside ? folder.Path[..^AsideSuffix.Length] : folder.Path)))
        .Where(static folder => folder.Step >= 0)
        .OrderByDescending(static folder => folder.Step)
        .ThenBy(static folder => folder.IsAside)
        .Select(static folder => folder.Path);

    private string[] Folders() => Directory.Exists(Folder) ? Directory.GetDirectories(Folder, Prefix + "*") : [];

    private static long StepOf(string path)
    {
        string name = Path.GetFileName(path);
        bool isStep = long.TryParse(name.AsSpan(Math.Min(Prefix.Length, name.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out long step);
        return isStep && name == Prefix + step.ToString(CultureInfo.InvariantCulture) ? step : -1;
    }

    private void Write(string folder, CheckpointPosition position, string fingerprint, Action<IStateWriter> model, Action<IStateWriter> optimizer)
    {
        _files.CreateFolder(folder);
        CheckpointFile modelFile = CheckpointFile.Write(_files, folder, Checkpoint.ModelFile, model);
        HashSet<string> taken = new(modelFile.Tensors.Select(static tensor => tensor.Name), StringComparer.Ordinal);
        CheckpointManifest manifest = new()
        {
            FormatVersion = CheckpointManifest.CurrentVersion,
            Step = position.Step,
            Epoch = position.Epoch,
            Row = position.Row,
            OptionsFingerprint = fingerprint,
            Files = [modelFile, CheckpointFile.Write(_files, folder, Checkpoint.OptimizerFile, writer => optimizer(new RemainderWriter(writer, taken)))],
        };
        using (Stream stream = _files.Create(Path.Combine(folder, Checkpoint.ManifestFile)))
        {
            stream.Write(manifest.ToBytes());
            _files.Flush(stream);
        }

        _files.FlushFolder(folder);
    }

    /// <summary>Deletes half-written folders and puts a checkpoint back that stepped aside for one that never came.</summary>
    private void ClearLeftOvers()
    {
        foreach (string path in Folders())
        {
            if (path.EndsWith(TemporarySuffix, StringComparison.Ordinal))
            {
                Try(() => _files.Delete(path));
            }
            else if (path.EndsWith(AsideSuffix, StringComparison.Ordinal))
            {
                string original = path[..^AsideSuffix.Length];
                Try(() =>
                {
                    if (Directory.Exists(original))
                    {
                        _files.Delete(path);
                    }
                    else
                    {
                        _files.Move(path, original);
                    }
                });
            }
        }
    }

    private void DeleteOld(string aside, long newest)
    {
        if (Directory.Exists(aside))
        {
            _files.Delete(aside);
        }

        foreach (string path in Folders().Where(path => StepOf(path) is long step && step >= 0 && step < newest)
            .OrderByDescending(StepOf).Skip(_keep - 1))
        {
            _files.Move(path, path + TemporarySuffix);
            _files.Delete(path + TemporarySuffix);
        }
    }

    /// <summary>Tidies up: a failure leaves something for the next save to clear, and is no reason to stop a run whose checkpoint stands.</summary>
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
