using System.Text.Json.Serialization;
using Dlrm.Embeddings;

namespace Dlrm;

/// <summary>The sizes of a DLRM and the storage of its embedding tables and weights.</summary>
public sealed record ModelOptions
{
    /// <summary>Gets the embedding dimension D of every table.</summary>
    /// <value>The default is 16.</value>
    public int EmbeddingDim { get; init; } = 16;

    /// <summary>Gets the layers of the bottom MLP; the last must have <see cref="EmbeddingDim"/> outputs. Ignored without dense features.</summary>
    /// <value>The default is 64, 16.</value>
    [JsonConverter(typeof(MlpOptionsConverter))]
    public MlpOptions BottomMlp { get; init; } = [64, 16];

    /// <summary>Gets the hidden layers of the top MLP; a last layer with one output, the logit, follows.</summary>
    /// <value>The default is 64.</value>
    [JsonConverter(typeof(MlpOptionsConverter))]
    public MlpOptions TopMlp { get; init; } = [64];

    /// <summary>Gets how tables without options of their own are stored.</summary>
    public TableOptions Tables { get; init; } = new();

    /// <summary>Gets the options of single tables, by the name of their sparse feature: "C3".</summary>
    public IReadOnlyDictionary<string, TableOptions> TableOverrides { get; init; } = new Dictionary<string, TableOptions>();

    /// <summary>Gets how the numbers of the compact model are stored.</summary>
    public StorageOptions Storage { get; init; } = new();

    /// <summary>Gets the options of one table.</summary>
    /// <param name="feature">The name of its sparse feature.</param>
    /// <returns>Its own options, or those of all tables.</returns>
    public TableOptions TableOf(string feature) => TableOverrides.TryGetValue(feature, out TableOptions? own) ? own : Tables;

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        if (EmbeddingDim is < 1 or > 4096)
        {
            yield return $"{path}.embeddingDim is {EmbeddingDim}; it must be in [1, 4096].";
        }

        if (BottomMlp.Sizes.Count == 0 || BottomMlp.Sizes[^1] != EmbeddingDim)
        {
            yield return $"{path}.bottomMlp is [{string.Join(", ", BottomMlp.Sizes)}]; its last layer must have embeddingDim = {EmbeddingDim} outputs.";
        }

        foreach (string problem in BottomMlp.Problems($"{path}.bottomMlp").Concat(TopMlp.Problems($"{path}.topMlp")))
        {
            yield return problem;
        }

        foreach (string problem in Tables.Problems($"{path}.tables"))
        {
            yield return problem;
        }

        foreach ((string feature, TableOptions table) in TableOverrides.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            foreach (string problem in table.Problems($"{path}.tableOverrides.{feature}"))
            {
                yield return problem;
            }
        }
    }
}
