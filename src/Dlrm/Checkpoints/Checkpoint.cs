using System.Security.Cryptography;
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
            throw Refuse(manifestPath, null, $"The manifest does not list {ModelFile} and {OptimizerFile}.");
        }

        foreach (CheckpointFile file in manifest.Files)
        {
            Verify(System.IO.Path.Combine(path, file.Name), file);
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
        content(new JoinedReader(model, optimizer));
    }

    private static void Verify(string path, CheckpointFile expected)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20);
            if (stream.Length == expected.Bytes && Convert.ToHexStringLower(SHA256.HashData(stream)) == expected.Sha256)
            {
                return;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refuse(path, null, "The file can't be read: " + exception.Message, exception);
        }

        throw Diagnose(path, expected);
    }

    /// <summary>Finds out what was hit in a file whose length or hash is wrong: the header (the reader says so), a tensor, or its end.</summary>
    private static CheckpointException Diagnose(string path, CheckpointFile expected)
    {
        try
        {
            using SafetensorsReader reader = new(path);
            Dictionary<string, uint> checksums = expected.Tensors.ToDictionary(static tensor => tensor.Name, static tensor => tensor.Crc32C);
            foreach (SafetensorsEntry entry in reader.Entries)
            {
                if (!checksums.TryGetValue(entry.Name, out uint checksum) || checksum != reader.Checksum(entry))
                {
                    return Refuse(path, entry.Name, "The tensor's bytes, or its entry in the header, are damaged: its checksum is not the manifest's.");
                }
            }

            return Refuse(path, null, "The header is damaged: the tensors have the manifest's checksums, and the file has not its SHA-256.");
        }
        catch (CheckpointException exception)
        {
            return exception;
        }
    }

    private static CheckpointException Refuse(string path, string? tensor, string what, Exception? inner = null) =>
        new(path, tensor, what, "Resume from another checkpoint.", inner);
}
