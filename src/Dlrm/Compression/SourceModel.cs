using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Training;

namespace Dlrm.Compression;

/// <summary>A table of a model that is to be compressed.</summary>
/// <param name="Name">Its feature.</param>
/// <param name="Rows">Its rows.</param>
public sealed record SourceTable(string Name, IRowSource Rows);

/// <summary>A trained model with dense tables, wherever its numbers are.</summary>
/// <param name="Options">Its architecture.</param>
/// <param name="Inputs">What it is fed.</param>
/// <param name="Tables">Its tables, in the order of the inputs.</param>
/// <param name="WriteTowers">Writes the parameters of both MLPs as the compact model names them.</param>
public sealed record SourceModel(DlrmOptions Options, ModelInputs Inputs, IReadOnlyList<SourceTable> Tables, Action<IStateWriter> WriteTowers)
{
    /// <summary>Takes the numbers of a model in memory.</summary>
    /// <param name="model">The model; used while this is.</param>
    /// <returns>The source.</returns>
    /// <exception cref="OptionsException">Some tables or layers are compressed already.</exception>
    public static SourceModel Of(DlrmModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        string[] problems =
        [
            .. model.Bags.Where(bag => bag is not DenseEmbeddingBag).Select(bag => $"table {bag.Name} is '{bag.Description}' already; compress a model whose tables are dense"),
            .. model.TensorizedLayers.Count > 0 ? [$"{model.TensorizedLayers.Count} layers are low-rank already; compress a model whose towers are dense"] : Array.Empty<string>(),
        ];
        if (problems.Length > 0)
        {
            throw new OptionsException(problems);
        }

        return new SourceModel(
            model.Options,
            model.Inputs,
            [.. model.Inputs.Names.Select((name, t) => new SourceTable(name, new BagRows(model.Bags[t], model.Device)))],
            writer => WriteTowersOf(model, writer));
    }

    private static void WriteTowersOf(DlrmModel model, IStateWriter writer)
    {
        foreach (Parameter parameter in model.Parameters.OfType<DenseParameter>())
        {
            parameter.Save(writer, StateParts.Values);
        }
    }
}
