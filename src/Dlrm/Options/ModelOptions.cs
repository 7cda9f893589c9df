using System.Text.Json.Serialization;
using Dlrm.Embeddings;
using Dlrm.Planning;

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

    /// <summary>Gets what the whole model may store: "100x" for a hundredth of the dense bytes, or bytes such as "420kB". It sets the starting ranks of low-rank tables; null: none.</summary>
    /// <value>The default is null.</value>
    public string? Budget { get; init; }

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

        if (Budget is not null && ByteBudget.TryParse(Budget) is null)
        {
            yield return $"{path}.budget is '{Budget}'; it must be a ratio to the dense bytes such as 100x, or bytes such as 430778, 420kB or 1.5MB.";
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
