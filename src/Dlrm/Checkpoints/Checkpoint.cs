using Dlrm.Embeddings;

namespace Dlrm.Checkpoints;

/// <summary>A whole checkpoint on disk whose hashes have been verified.</summary>
public sealed class Checkpoint
{
    /// <summary>The name of the file of values and posterior.</summary>
    internal const string ModelFile = "model.safetensors";

    /// <summary>The name of the file of optimiser and trainer state.</summary>
    internal const string OptimizerFile = "optimizer.safetensors";

    /// <summary>The name of the file of hashes.</summary>
    internal const string ManifestFile = "manifest.json";

    private readonly CheckpointManifest _manifest;

    private Checkpoint(string path, CheckpointManifest manifest)
    {
        Path = path;
        _manifest = manifest;
    }

    /// <summary>Gets the folder.</summary>
    public string Path { get; }

    /// <summary>Gets where the run stood.</summary>
    public CheckpointPosition Position => new(_manifest.Step, _manifest.Epoch, _manifest.Row);

    /// <summary>Gets the SHA-256 of the run's options: compare it with <see cref="CheckpointStore.Fingerprint"/> of the present ones.</summary>
    public string OptionsFingerprint => _manifest.OptionsFingerprint;

    /// <summary>Opens a checkpoint and verifies the length and the hash of each file.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="CheckpointException">Something is missing, damaged or of a newer version; the message has the file, and the tensor where it can be known.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string manifestPath = System.IO.Path.Combine(path, ManifestFile);
        CheckpointManifest manifest = CheckpointManifest.Read(manifestPath);
        if (!manifest.Files.Select(static file => file.Name).SequenceEqual([ModelFile, OptimizerFile]))
        {
            throw FileVerifier.Refuse(manifestPath, null, $"The manifest does not list {ModelFile} and {OptimizerFile}.");
        }

        foreach (CheckpointFile file in manifest.Files)
        {
            FileVerifier.Verify(System.IO.Path.Combine(path, file.Name), file);
        }

        return new Checkpoint(path, manifest);
    }

    /// <summary>Gives the tensors of both files back.</summary>
    /// <param name="content">Reads them; usually the trainer's Load.</param>
    /// <exception cref="CheckpointException">A tensor is missing or has another shape; the message has file and tensor.</exception>
    public void Load(Action<IStateReader> content)
    {
        ArgumentNullException.ThrowIfNull(content);
        using SafetensorsReader model = new(System.IO.Path.Combine(Path, ModelFile));
        using SafetensorsReader optimizer = new(System.IO.Path.Combine(Path, OptimizerFile));
        try
        {
            content(new JoinedReader(model, optimizer));
        }
        catch (InvalidDataException exception)
        {
            throw new CheckpointException(Path, null, exception.Message, "The file itself is sound.", exception);
        }
    }
}
