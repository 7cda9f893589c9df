using Dlrm.Embeddings;

namespace Dlrm.Planning;

/// <summary>Plans the layers of both towers.</summary>
internal static class TowerPlanner
{
    /// <summary>Plans bottom MLP and top MLP.</summary>
    /// <param name="options">The options.</param>
    /// <param name="inputs">What the model is fed.</param>
    /// <returns>One plan a layer, weight and bias together.</returns>
    internal static IEnumerable<TensorPlan> Plan(DlrmOptions options, ModelInputs inputs)
    {
        ModelOptions model = options.Model;
        int vectors = inputs.Names.Count + (inputs.DenseFeatures > 0 ? 1 : 0);
        IEnumerable<TensorPlan> bottom = inputs.DenseFeatures > 0 ? Layers(options, "bottom", inputs.DenseFeatures, model.BottomMlp) : [];
        return bottom.Concat(Layers(options, "top", InteractionArch.OutputSize(vectors, model.EmbeddingDim), model.TopMlp with { Sizes = [.. model.TopMlp.Sizes, 1] }));
    }

    private static IEnumerable<TensorPlan> Layers(DlrmOptions options, string tower, int inputs, MlpOptions layers)
    {
        for (int k = 0; k < layers.Sizes.Count; k++)
        {
            int outputs = layers.Sizes[k];
            yield return Layer(options, $"{tower}.{k}", inputs, outputs, layers.FormatOf(k, inputs, outputs));
            inputs = outputs;
        }
    }

    private static TensorPlan Layer(DlrmOptions options, string name, int inputs, int outputs, LowRankFormat? format)
    {
        StorageOptions storage = options.Model.Storage;
        long entries = (long)inputs * outputs;
        long weights = format?.Parameters ?? entries;
        long buffers = 1 + ModelPlanner.Moments(options.Training.MlpOptimizer.Kind);
        return new TensorPlan
        {
            Name = name,
            Rows = outputs,
            Columns = inputs,
            Kind = format?.Name ?? "dense",
            RowModes = format?.RowModes ?? [],
            ColumnModes = format?.ColumnModes ?? [],
            Ranks = format?.Ranks ?? [],
            Parameters = weights + outputs,
            Bytes = format is null ? storage.LayerBytes(inputs, outputs) : storage.LayerBytes(format),
            DenseBytes = (entries + outputs) * sizeof(float),
            WorkingBytes = sizeof(float) * ((outputs * buffers) + (weights * (format is null ? buffers : ModelPlanner.FactorBuffers(options)))),
            MultiplyAdds = format is null ? entries : OfASample(format, options.Training),
            SweptNumbers = weights + outputs,
        };
    }

    /// <summary>Shares among the samples of a batch what its cheaper way of execution does once.</summary>
    private static long OfASample(LowRankFormat format, TrainingOptions training)
    {
        LinearCost cost = LinearCost.Of(format, training.BatchSize, Math.Max(1, training.DrawsPerStep));
        return (long)((cost.IsFactored ? cost.Split + cost.Factored : cost.Rebuild + cost.Dense) / training.BatchSize);
    }
}
