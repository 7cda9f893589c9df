namespace Dlrm.Checkpoints;

/// <summary>What a checkpoint store changes on disk; a seam, so that tests can fail at every byte and at every operation.</summary>
internal interface ICheckpointFiles
{
    /// <summary>Makes a folder; it may be there already.</summary>
    /// <param name="folder">The folder.</param>
    void CreateFolder(string folder);

    /// <summary>Makes an empty file, or empties the one that is there.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The stream to write to.</returns>
    Stream Create(string path);

    /// <summary>Flushes a stream of <see cref="Create"/> to disk.</summary>
    /// <param name="stream">The stream.</param>
    void Flush(Stream stream);

    /// <summary>Flushes the names in a folder to disk.</summary>
    /// <param name="folder">The folder.</param>
    void FlushFolder(string folder);

    /// <summary>Renames a folder; the new name must be free.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">Its new name.</param>
    void Move(string from, string to);

    /// <summary>Deletes a folder and all in it.</summary>
    /// <param name="folder">The folder.</param>
    void Delete(string folder);
}
