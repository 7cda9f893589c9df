using System.IO.Compression;
using Dlrm.Embeddings;
using Dlrm.Weights;

namespace Dlrm.Bench.Tables;

/// <summary>A table that others trained.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Values">Its numbers, row-major.</param>
internal sealed record RealTable(string Name, int Rows, int Columns, float[] Values)
{
    private static readonly (string Name, string Path, string Tensor)[] Stored =
    [
        ("SASRec items, MovieLens-1M", "checkpoints-torch/sasrec_ml1m_epoch1000.pth", "item_emb.weight"),
        ("two-tower items, KuaiRec", "checkpoints-torch/two_tower_kuairec.pt", "item_tower.item_id_emb.weight"),
        ("two-tower users, KuaiRec", "checkpoints-torch/two_tower_kuairec.pt", "user_tower.user_id_emb.weight"),
        ("two-tower items", "embeddings-text-binary/two_tower_item_embeddings.npy", string.Empty),
    ];

    /// <summary>Gets the source that decompositions read.</summary>
    internal IRowSource Source => new ArrayRows(Values, Columns);

    /// <summary>Reads all of them.</summary>
    /// <param name="folder">The folder of real data.</param>
    /// <returns>The tables.</returns>
    internal static IReadOnlyList<RealTable> ReadAll(string folder)
    {
        List<RealTable> tables = [Words("GloVe, the 9,163 most frequent words", Path.Combine(folder, "embeddings-text-binary/glove.6B.50d.top9163.txt.gz"))];
        foreach ((string name, string path, string tensor) in Stored)
        {
            using WeightFile file = WeightFile.Open(Path.Combine(folder, path));
            tables.Add(Of(name, tensor.Length == 0 ? file.Tensors[0] : file.Find(tensor)));
        }

        return tables;
    }

    private static RealTable Of(string name, StoredTensor tensor)
    {
        float[] values = new float[tensor.Elements];
        tensor.ReadRows(0, values);
        return new RealTable(name, (int)tensor.Rows, (int)tensor.Columns, values);
    }

    private static RealTable Words(string name, string path)
    {
        string unpacked = Path.GetTempFileName();
        try
        {
            using (GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress))
            using (FileStream target = File.Create(unpacked))
            {
                stream.CopyTo(target);
            }

            using WeightFile file = WeightFile.Open(unpacked);
            return Of(name, file.Tensors[0]);
        }
        finally
        {
            File.Delete(unpacked);
        }
    }
}
