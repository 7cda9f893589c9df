using Dlrm.CommandLine.Hosting;
using Dlrm.Compression;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Weights;
using Dlrm.Weights.Mapping;

namespace Dlrm.CommandLine.Runs;

/// <summary>A DLRM in a file of weights that another program wrote, as the source of a compression.</summary>
internal static class ForeignModel
{
    /// <summary>Finds the weights of a DLRM.</summary>
    /// <param name="file">The open file; used while the source is.</param>
    /// <param name="mapping">Which tensors are which weights; null: by the names that are known.</param>
    /// <param name="device">Where the towers are written from.</param>
    /// <returns>The source.</returns>
    /// <exception cref="WeightFormatException">The names are not known, or there are no towers of a DLRM.</exception>
    internal static SourceModel Of(WeightFile file, KeyMapping? mapping, IDevice device)
    {
        DlrmWeights weights = (mapping is null ? DlrmKeys.TryMap(file) : DlrmKeys.Map(file, mapping))
            ?? throw new WeightFormatException(file.Path, $"Its {file.Tensors.Count} tensors have no names of facebookresearch/dlrm or torchrec.", "Name the weights in a mapping file (--mapping); 'dlrm inspect' lists the tensors.");
        if (weights.TopLayers.Count == 0 || weights.TopLayers[^1].Outputs != 1)
        {
            throw new WeightFormatException(file.Path, "It has no top MLP that ends in one number, the click's logit.", "Name its layers in a mapping file (--mapping).");
        }

        ModelOptions model = new()
        {
            EmbeddingDim = weights.EmbeddingDim,
            BottomMlp = [.. weights.BottomLayers.Select(layer => (int)layer.Outputs)],
            TopMlp = [.. weights.TopLayers.SkipLast(1).Select(layer => (int)layer.Outputs)],
            Tables = new TableOptions { Kind = TableKind.Dense },
        };
        return new SourceModel(
            new DlrmOptions { Model = model },
            new ModelInputs(weights.BottomLayers.Count > 0 ? (int)weights.BottomLayers[0].Inputs : 0, [.. weights.Tables.Select(table => table.Name)], [.. weights.Tables.Select(table => table.Rows)]),
            [.. weights.Tables.Select(table => new SourceTable(table.Name, new StoredRows(table.Weight)))],
            writer =>
            {
                WriteTower(writer, device, "bottom", weights, weights.BottomLayers);
                WriteTower(writer, device, "top", weights, weights.TopLayers);
            });
    }

    private static void WriteTower(IStateWriter writer, IDevice device, string name, DlrmWeights weights, IReadOnlyList<DlrmLayer> layers)
    {
        for (int k = 0; k < layers.Count; k++)
        {
            Write(writer, device, $"{name}.{k}.weight", [layers[k].Outputs, layers[k].Inputs], weights.ReadWeight(layers[k]));
            float[] bias = new float[layers[k].Outputs];
            layers[k].Bias?.ReadRows(0, bias);
            Write(writer, device, $"{name}.{k}.bias", [bias.Length], bias);
        }
    }

    private static void Write(IStateWriter writer, IDevice device, string name, ReadOnlySpan<long> shape, float[] values)
    {
        using DeviceBuffer<float> buffer = device.Allocate<float>(values.Length);
        buffer.CopyFrom(values);
        writer.Write(name, shape, buffer);
    }

    /// <summary>The rows of a stored tensor.</summary>
    private sealed class StoredRows(StoredTensor tensor) : IRowSource
    {
        public long Rows => tensor.Rows;

        public int Columns => (int)tensor.Columns;

        public void Read(long firstRow, int count, Span<float> values) => tensor.ReadRows(firstRow, values[..(count * Columns)]);
    }
}
