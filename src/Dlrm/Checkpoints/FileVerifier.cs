using System.Security.Cryptography;

namespace Dlrm.Checkpoints;

/// <summary>Checks a safetensors file against what was noted when it was written.</summary>
internal static class FileVerifier
{
    /// <summary>Checks length and hash.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What they must be.</param>
    /// <exception cref="CheckpointException">They are not, or the file can't be read; the message has the tensor that was hit where it can be known.</exception>
    internal static void Verify(string path, CheckpointFile expected)
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

    /// <summary>Makes the exception of a file that is refused.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensor">The tensor, when it is known.</param>
    /// <param name="what">What is wrong.</param>
    /// <param name="inner">What the system said.</param>
    /// <returns>The exception.</returns>
    internal static CheckpointException Refuse(string path, string? tensor, string what, Exception? inner = null) =>
        new(path, tensor, what, "Take another checkpoint or another copy.", inner);
}
