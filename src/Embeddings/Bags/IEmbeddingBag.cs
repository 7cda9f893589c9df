using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Looks up and pools the rows of one embedding table, stored in whatever form.</summary>
public interface IEmbeddingBag : IDisposable
{
    /// <summary>Gets the table's name, unique in a model: "tables.3".</summary>
    string Name { get; }

    /// <summary>Gets the number of valid ids I.</summary>
    long Rows { get; }

    /// <summary>Gets the embedding dimension J.</summary>
    int EmbeddingDim { get; }

    /// <summary>Gets what is trained; empty for a zero table.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Gets the Bayesian tensor behind the table, or null.</summary>
    BayesianTensor? Tensor { get; }

    /// <summary>Gets the kind, modes and ranks in one line, for reports.</summary>
    string Description { get; }

    /// <summary>Gets a value indicating whether the rows are spread over workers: every worker then calls <see cref="Forward"/> and <see cref="Backward"/> equally often, with no bags when it has no samples.</summary>
    bool IsSharded => false;

    /// <summary>Looks up and pools one batch of bags.</summary>
    /// <remarks>
    /// <code>output[b, :] = pool over i in indices[offsets[b] .. offsets[b + 1]) of weight[i] · E[indices[i], :]</code>
    /// <para>An empty bag gives zeros for both poolings. A Bayesian table uses its draws after <see cref="BayesianTensor.BeginStep(RandomStream, int)"/>, its means after
    /// <see cref="BayesianTensor.UseMeans"/>.</para>
    /// </remarks>
    /// <param name="bags">B bags; checked here.</param>
    /// <param name="output">Receives (B, J).</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside [0, I).</exception>
    void Forward(JaggedIndices bags, Matrix output);

    /// <summary>Lets lookups with the posterior means keep what makes the next ones faster; it is made anew when the table changes.</summary>
    /// <remarks>Rows keep their bits. A forward pass that is to be followed by <see cref="Backward"/> must not use it.</remarks>
    /// <param name="options">How much to keep.</param>
    void PrepareInference(InferenceOptions options)
    {
    }

    /// <summary>Adds the gradient of the last <see cref="Forward"/> to that of the parameters.</summary>
    /// <param name="outputGradient">(B, J).</param>
    void Backward(Matrix outputGradient);
}
