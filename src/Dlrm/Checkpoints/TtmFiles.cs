using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Saves and loads single TT-matrix tables as safetensors files.</summary>
/// <remarks>
/// <code>
/// table.core.K   (I[K], R[K], J[K], R[K+1])      as docs/model.md says, in the storage type asked for
/// table.rows, table.modes (I, then J), table.ranks     I64
/// </code>
/// </remarks>
public static class TtmFiles
{
    /// <summary>Saves a table; the file is whole or as it was.</summary>
    /// <param name="bag">The table.</param>
    /// <param name="path">The file; replaced when it is there.</param>
    /// <param name="storage">The type of the cores' numbers.</param>
    /// <exception cref="OverflowException">A number is too large for float16.</exception>
    public static void Save(this TtmEmbeddingBag bag, string path, StorageType storage = StorageType.Float32)
    {
        ArgumentNullException.ThrowIfNull(bag);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string temporary = path + ".tmp";
        using (FileStream stream = File.Create(temporary))
        {
            SafetensorsWriter.Save(stream, writer => bag.Save(new CodedWriter(writer) { Type = storage }));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Loads a table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="device">Where it will live, the caller's to dispose; null: a device of its own.</param>
    /// <returns>The table; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">The file is missing, damaged, or no TT-matrix.</exception>
    public static TtmEmbeddingBag Load(string path, PoolingType pooling, IDevice? device = null)
    {
        using SafetensorsReader file = new(path);
        try
        {
            return TtmEmbeddingBag.Load(new CodedReader(file), pooling, device);
        }
        catch (InvalidDataException exception)
        {
            throw FileVerifier.Refuse(path, null, exception.Message, exception);
        }
    }
}
