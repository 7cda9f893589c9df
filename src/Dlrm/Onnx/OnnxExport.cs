using System.Globalization;
using Dlrm.Checkpoints;
using Dlrm.Compression;
using Dlrm.Embeddings;

namespace Dlrm.Onnx;

/// <summary>Writes a model as an ONNX graph whose tables stay compact: lookups of TT-matrix rows are Gather, MatMul and Reshape.</summary>
/// <remarks>
/// <code>
/// dense              float (batch, dense features)        when the model has any
/// ids                int64 (batch, F)                     the features with one id a sample, in their order; when there are any
/// NAME.indices       int64 (n)                            of a feature with bags
/// NAME.offsets       int64 (batch + 1)                    bag b is indices[offsets[b] .. offsets[b + 1])
/// NAME.weights       float (n)                            when the feature has weights
/// probability        float (batch)
/// </code>
/// <para>ONNX has no checks of values: ids outside of their tables give an error of the run-time or a wrong row. Weights of layers that are tensors are rebuilt.
/// Opset 17; order of the interaction: lower triangle, as in the model.</para>
/// </remarks>
public static class OnnxExport
{
    private const string Batch = "batch";

    /// <summary>Writes a model.</summary>
    /// <param name="stream">Receives the file.</param>
    /// <param name="model">The model; its means are written.</param>
    /// <param name="options">Inputs and sizes.</param>
    /// <param name="dataName">The name of the file of numbers beside it, when they don't fit into one: "model.onnx.data".</param>
    /// <param name="openData">Opens that file; called when it is needed.</param>
    /// <param name="progress">Receives the share written, or null.</param>
    /// <exception cref="ArgumentException">A feature in the options is none of the model's.</exception>
    /// <exception cref="NotSupportedException">A table can't be expressed; the message says which.</exception>
    public static void Write(Stream stream, DlrmModel model, OnnxExportOptions options, string dataName, Func<Stream> openData, Action<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        if (options.BagFeatures.Concat(options.WeightedFeatures).FirstOrDefault(name => !model.Inputs.Names.Contains(name)) is string unknown)
        {
            throw new ArgumentException($"There is no feature '{unknown}'; there are {string.Join(", ", model.Inputs.Names)}.", nameof(options));
        }

        model.UseMeans();
        OnnxGraph graph = new() { MostInlineBytes = options.MostInlineBytes };
        OnnxWeights weights = new(graph);
        List<string> vectors = [];
        if (model.Bottom is Mlp bottom)
        {
            string dense = graph.Input("dense", OnnxType.Float, Batch, model.Inputs.DenseFeatures.ToString(CultureInfo.InvariantCulture));
            vectors.Add(Tower(graph, weights, model, "bottom", bottom, dense, endsInRelu: true));
        }

        vectors.AddRange(Tables(graph, model, options));
        string interaction = Interact(graph, vectors, model.Options.Model.EmbeddingDim);
        string logit = Tower(graph, weights, model, "top", model.Top, interaction, endsInRelu: false);
        graph.Output("probability", graph.Node("Squeeze", [graph.Node("Sigmoid", [logit]), graph.Vector(1)]), Batch);
        graph.Metadata("interaction", CompactDescription.LowerTriangle);
        graph.Save(stream, dataName, openData, progress);
    }

    private static IEnumerable<string> Tables(OnnxGraph graph, DlrmModel model, OnnxExportOptions options)
    {
        OnnxTables tables = new(graph, model);
        string[] single = [.. model.Inputs.Names.Where(name => !options.BagFeatures.Contains(name) && !options.WeightedFeatures.Contains(name))];
        if (single.Length > 0)
        {
            graph.Input("ids", OnnxType.Int64, Batch, single.Length.ToString(CultureInfo.InvariantCulture));
            graph.Metadata("ids", string.Join(',', single));
        }

        for (int t = 0; t < model.Bags.Count; t++)
        {
            string name = model.Inputs.Names[t];
            int column = Array.IndexOf(single, name);
            if (column >= 0)
            {
                yield return tables.Rows(t, graph.Node("Gather", ["ids", graph.Scalar(column)], ("axis", 1L)));
                continue;
            }

            string indices = graph.Input(name + ".indices", OnnxType.Int64, name + ".count");
            string offsets = graph.Input(name + ".offsets", OnnxType.Int64, "batch + 1");
            string? weights = options.WeightedFeatures.Contains(name) ? graph.Input(name + ".weights", OnnxType.Float, name + ".count") : null;
            yield return tables.Pool(t, indices, offsets, weights);
        }
    }

    /// <summary>x (B, F, D) → [x[0], x[i]·x[j] for j &lt; i].</summary>
    private static string Interact(OnnxGraph graph, List<string> vectors, int dim)
    {
        if (vectors.Count == 1)
        {
            return vectors[0];
        }

        string all = graph.Node("Concat", [.. vectors.Select(vector => graph.Node("Unsqueeze", [vector, graph.Vector(1)]))], ("axis", 1L));
        string products = graph.Node("MatMul", [all, graph.Node("Transpose", [all], ("perm", new long[] { 0, 2, 1 }))]);
        int count = vectors.Count;
        long[] pairs = [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Range(0, i).Select(j => ((long)i * count) + j))];
        string triangle = graph.Constant(OnnxTensor.Of("interaction.pairs", OnnxType.Int64, [pairs.Length], pairs));
        string dots = graph.Node("Gather", [graph.Node("Reshape", [products, graph.Vector(0, (long)count * count)]), triangle], ("axis", 1L));
        return graph.Node("Concat", [vectors[0], dots], ("axis", 1L));
    }

    private static string Tower(OnnxGraph graph, OnnxWeights weights, DlrmModel model, string name, Mlp tower, string input, bool endsInRelu)
    {
        for (int k = 0; k < tower.Layers.Length; k++)
        {
            ILinearLayer layer = tower.Layers[k];
            (float[] rebuilt, float[] bias) = LayerNumbers.Of(layer, model.Device);
            long[] dimensions = [layer.Outputs, layer.Inputs];
            string weight = layer is LinearLayer dense
                ? weights.Add($"{name}.{k}.weight", dimensions, dimensions, dense.Weight.Value, model.Options.Model.Storage.Of(dense.Weight))
                : graph.Constant(OnnxTensor.Of($"{name}.{k}.weight", OnnxType.Float, dimensions, rebuilt));
            string offset = graph.Constant(OnnxTensor.Of($"{name}.{k}.bias", OnnxType.Float, [bias.Length], bias));
            input = graph.Node("Gemm", [input, weight, offset], ("transB", 1L));
            if (endsInRelu || k < tower.Layers.Length - 1)
            {
                input = graph.Node("Relu", [input]);
            }
        }

        return input;
    }
}
