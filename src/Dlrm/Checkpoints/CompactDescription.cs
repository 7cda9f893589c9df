using Dlrm.Embeddings;

namespace Dlrm.Checkpoints;

/// <summary>What <c>model.json</c> says of a compact model: enough to build it again and to refuse data that it was not made for.</summary>
public sealed record CompactDescription
{
    /// <summary>The version that this library writes, and the newest that it reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The only order of pairs that this library computes: (1,0), (2,0), (2,1), (3,0) …</summary>
    public const string LowerTriangle = "lower triangle row by row";

    /// <summary>Gets the version of the format.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>Gets the version of the library that wrote it.</summary>
    public required string LibraryVersion { get; init; }

    /// <summary>Gets the fingerprint of the dataset that it was trained on; empty when it is not known.</summary>
    public required string DatasetFingerprint { get; init; }

    /// <summary>Gets the order of the interaction's pairs, which differs between frameworks.</summary>
    public required string Interaction { get; init; }

    /// <summary>Gets the embedding dimension.</summary>
    public required int EmbeddingDim { get; init; }

    /// <summary>Gets the number of dense features.</summary>
    public required int DenseFeatures { get; init; }

    /// <summary>Gets the outputs of each layer of the bottom MLP.</summary>
    public required IReadOnlyList<int> BottomMlp { get; init; }

    /// <summary>Gets the outputs of each hidden layer of the top MLP.</summary>
    public required IReadOnlyList<int> TopMlp { get; init; }

    /// <summary>Gets the layers of both MLPs whose weights are tensors; null when all are dense.</summary>
    public IReadOnlyList<CompactLayer>? Layers { get; init; }

    /// <summary>Gets how the posterior was inferred.</summary>
    public required InferenceKind Inference { get; init; }

    /// <summary>Gets the bytes of the stored numbers of the whole model.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Gets how the numbers are stored; null: as float32.</summary>
    public StorageOptions? Storage { get; init; }

    /// <summary>Gets the tables in the order of the sparse features.</summary>
    public required IReadOnlyList<CompactTable> Tables { get; init; }

    /// <summary>Gets the files: the means, and the posterior when it was kept.</summary>
    public required IReadOnlyList<CheckpointFile> Files { get; init; }

    /// <summary>Makes the options of a model that the tensors fit.</summary>
    /// <param name="withPosterior">Whether the posterior is loaded too.</param>
    /// <returns>The options; nothing is kept for an optimiser.</returns>
    internal DlrmOptions ToOptions(bool withPosterior)
    {
        OptimizerOptions none = new() { Kind = OptimizerKind.Sgd };
        return new DlrmOptions
        {
            Model = new ModelOptions
            {
                EmbeddingDim = EmbeddingDim,
                BottomMlp = Mlp("bottom", BottomMlp, BottomMlp.Count),
                TopMlp = Mlp("top", TopMlp, TopMlp.Count + 1),
                Storage = Storage ?? new StorageOptions(),
                TableOverrides = Tables.ToDictionary(static table => table.Feature, static table => table.ToOptions(), StringComparer.Ordinal),
            },
            Training = new TrainingOptions { MlpOptimizer = none, TableOptimizer = none, FactorOptimizer = none },
            RankPrior = new RankPriorOptions { Inference = withPosterior ? Inference : InferenceKind.FixedRanks },
        };
    }

    /// <summary>Counts the numbers that the description asks for.</summary>
    /// <returns>The number, beyond 64 bits when the description is absurd.</returns>
    internal Int128 Elements()
    {
        Int128 sum = 0;
        foreach (CompactTable table in Tables)
        {
            sum += table.Elements(EmbeddingDim);
        }

        foreach ((string name, int outputs, long inputs) in LayerSizes())
        {
            Int128 weight = (Int128)inputs * outputs;
            if (Layers?.FirstOrDefault(layer => layer.Name == name) is CompactLayer layer)
            {
                weight = LayerElements(layer, outputs, inputs);
            }

            sum += weight + outputs;
        }

        return sum;
    }

    /// <summary>Lists the layers of both MLPs.</summary>
    /// <returns>Names, outputs and inputs.</returns>
    public IEnumerable<(string Name, int Outputs, long Inputs)> LayerSizes()
    {
        long inputs = DenseFeatures;
        for (int k = 0; DenseFeatures > 0 && k < BottomMlp.Count; k++)
        {
            yield return ($"bottom.{k}", BottomMlp[k], inputs);
            inputs = BottomMlp[k];
        }

        long vectors = Tables.Count + (DenseFeatures > 0 ? 1 : 0);
        inputs = EmbeddingDim + (vectors * (vectors - 1) / 2);
        for (int k = 0; k <= TopMlp.Count; k++)
        {
            int outputs = k < TopMlp.Count ? TopMlp[k] : 1;
            yield return ($"top.{k}", outputs, inputs);
            inputs = outputs;
        }
    }

    private static Int128 LayerElements(CompactLayer layer, int outputs, long inputs)
    {
        try
        {
            return layer.Ranks.Count == 0 ? 0 : layer.ToFormat(outputs, checked((int)inputs)).Parameters;
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            return ulong.MaxValue;
        }
    }

    private MlpOptions Mlp(string name, IReadOnlyList<int> sizes, int layers) => Layers is null ? new MlpOptions { Sizes = sizes } : new MlpOptions
    {
        Sizes = sizes,
        Layers = [.. Enumerable.Range(0, layers).Select(k => Layers.FirstOrDefault(layer => layer.Name == $"{name}.{k}")?.ToOptions())],
    };
}
