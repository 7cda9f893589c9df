using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.Weights;
using Dlrm.Weights.Mapping;
using Spectre.Console;

namespace Dlrm.CommandLine.Commands;

/// <summary>Lists the tensors of a file of weights that another program wrote; none of them is read, and nothing of the file is run.</summary>
internal static class WeightInspection
{
    private const int MostNames = 20;

    /// <summary>Shows a file.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="path">The file.</param>
    /// <param name="mapping">Which tensors are which weights of a DLRM; null: by the names that are known.</param>
    /// <param name="isJson">Whether a program reads it.</param>
    /// <exception cref="WeightFormatException">It is refused.</exception>
    internal static void Show(Terminal terminal, string path, KeyMapping? mapping, bool isJson)
    {
        using WeightFile file = WeightFile.Open(path);
        (DlrmWeights? model, string? problem) = Map(file, mapping);
        if (isJson)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(Describe(file, model, problem), OptionsJson.Line));
            return;
        }

        Table table = SharedOptions.NewTable("tensor", "type", "shape", "bytes");
        foreach (StoredTensor tensor in file.Tensors)
        {
            table.AddRow(
                Markup.Escape(WeightFormatException.Printable(tensor.Name)), tensor.Type.ToString().ToLowerInvariant(),
                tensor.Shape.Count == 0 ? "scalar" : string.Join(" × ", tensor.Shape.Select(Format.Count)), Format.Bytes(tensor.Bytes));
        }

        terminal.Results.Write(table);
        terminal.Output.WriteLine($"file          {Name(file.Format)}, {Format.Bytes(file.Bytes)}; {Counted(file.Tensors.Count, "tensor")}, {Format.Bytes(file.Tensors.Sum(static tensor => tensor.Bytes))}");
        terminal.Output.WriteLine("not run       " + Opaque(file.Opaque));
        terminal.Output.WriteLine("DLRM          " + (model is null ? problem ?? "no names of facebookresearch/dlrm or torchrec; --mapping names the weights" : Model(model)));
    }

    private static (DlrmWeights? Model, string? Problem) Map(WeightFile file, KeyMapping? mapping)
    {
        if (mapping is not null)
        {
            return (DlrmKeys.Map(file, mapping), null);
        }

        try
        {
            return (DlrmKeys.TryMap(file), null);
        }
        catch (WeightFormatException exception)
        {
            // The tensors can be listed all the same.
            return (null, exception.Message);
        }
    }

    private static object Describe(WeightFile file, DlrmWeights? model, string? problem) => new
    {
        file.Path,
        file.Format,
        file.Bytes,
        Tensors = file.Tensors.Select(static tensor => new { tensor.Name, tensor.Type, tensor.Shape, tensor.Strides, tensor.Storage, tensor.Offset, tensor.Bytes }),
        file.Opaque,
        Model = model is null ? null : new
        {
            model.Naming,
            Tables = model.Tables.Select(static table => new { table.Name, Weight = table.Weight.Name, table.Rows, table.Dim }),
            Bottom = model.BottomLayers.Select(Layer),
            Top = model.TopLayers.Select(Layer),
            model.Interaction,
            model.Unmapped,
        },
        Problem = problem,
    };

    private static object Layer(DlrmLayer layer) => new { Weight = layer.Weight.Name, Bias = layer.Bias?.Name, layer.Inputs, layer.Outputs };

    private static string Model(DlrmWeights model) =>
        $"named as in {model.Naming}: {Counted(model.Tables.Count, "table")}, {Format.Count(model.Tables.Sum(static table => table.Rows))} rows of {model.EmbeddingDim}; "
        + $"bottom MLP {Sizes(model.BottomLayers)}; top MLP {Sizes(model.TopLayers)}; interaction: {(model.Interaction == InteractionOrder.LowerTriangle ? "lower" : "upper")} triangle row by row"
        + (model.Unmapped.Count == 0 ? string.Empty : $"; {Counted(model.Unmapped.Count, "other tensor")}");

    private static string Sizes(IReadOnlyList<DlrmLayer> layers) =>
        layers.Count == 0 ? "none" : string.Join("-", layers.Select(static layer => layer.Outputs).Prepend(layers[0].Inputs));

    private static string Opaque(IReadOnlyList<OpaqueNode> nodes) => nodes.Count == 0
        ? "nothing: all of the file was understood"
        : $"{Counted(nodes.Sum(static node => node.Nodes), "object")}, not understood, of {Counted(nodes.Count, "name")}: "
            + string.Join(", ", nodes.Take(MostNames).Select(static node => WeightFormatException.Printable(node.Name) + (node.Nodes > 1 ? $" ({Format.Count(node.Nodes)})" : string.Empty)))
            + (nodes.Count > MostNames ? ", …" : string.Empty);

    private static string Counted(long count, string noun) => $"{Format.Count(count)} {noun}{(count == 1 ? string.Empty : "s")}";

    private static string Name(WeightFormat format) => format switch
    {
        WeightFormat.TorchZip => "PyTorch checkpoint (zip)",
        WeightFormat.TorchLegacy => "PyTorch checkpoint (before version 1.6)",
        WeightFormat.Safetensors => "safetensors",
        WeightFormat.Npy => "NumPy array",
        WeightFormat.Npz => "NumPy arrays",
        WeightFormat.TextTable => "table of words",
        _ => "word2vec's binary table",
    };
}
