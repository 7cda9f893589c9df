using Dlrm.Embeddings;

namespace Dlrm;

/// <summary>The sizes of a DLRM and the storage of its embedding tables.</summary>
public sealed record ModelOptions
{
    /// <summary>Gets the embedding dimension D of every table.</summary>
    /// <value>The default is 16.</value>
    public int EmbeddingDim { get; init; } = 16;

    /// <summary>Gets the outputs of each layer of the bottom MLP; the last must be <see cref="EmbeddingDim"/>. Ignored without dense features.</summary>
    /// <value>The default is 64, 16.</value>
    public IReadOnlyList<int> BottomMlp { get; init; } = [64, 16];

    /// <summary>Gets the outputs of each hidden layer of the top MLP; a last layer with one output, the logit, follows.</summary>
    /// <value>The default is 64.</value>
    public IReadOnlyList<int> TopMlp { get; init; } = [64];

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

        if (BottomMlp.Count == 0 || BottomMlp[^1] != EmbeddingDim)
        {
            yield return $"{path}.bottomMlp is [{string.Join(", ", BottomMlp)}]; its last layer must have embeddingDim = {EmbeddingDim} outputs.";
        }

        if (BottomMlp.Any(size => size is < 1 or > 65536))
        {
            yield return $"{path}.bottomMlp is [{string.Join(", ", BottomMlp)}]; every layer must be in [1, 65536].";
        }

        if (TopMlp.Any(size => size is < 1 or > 65536))
        {
            yield return $"{path}.topMlp is [{string.Join(", ", TopMlp)}]; every layer must be in [1, 65536].";
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
