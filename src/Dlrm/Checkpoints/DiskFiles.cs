using Dlrm.Checkpoints.Interop;

namespace Dlrm.Checkpoints;

/// <summary>The real disk.</summary>
internal sealed class DiskFiles : ICheckpointFiles
{
    /// <inheritdoc/>
    public void CreateFolder(string folder) => Directory.CreateDirectory(folder);

    /// <inheritdoc/>
    public Stream Create(string path) => new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);

    /// <inheritdoc/>
    public void Flush(Stream stream) => ((FileStream)stream).Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void FlushFolder(string folder) => DirectorySync.Flush(folder);

    /// <inheritdoc/>
    public void Move(string from, string to) => Directory.Move(from, to);

    /// <inheritdoc/>
    public void Delete(string folder) => Directory.Delete(folder, recursive: true);
}
