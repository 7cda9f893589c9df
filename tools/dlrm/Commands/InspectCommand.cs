using System.CommandLine;
using System.Text.Json;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Embeddings;
using Spectre.Console;

namespace Dlrm.CommandLine.Commands;

/// <summary>Shows what a model, a dataset, or a file of weights is made of.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly Argument<string> _path = new("path") { Description = "A run folder, a model folder, a dataset's folder, or a file of weights: PyTorch, safetensors, .npy, .npz, GloVe, word2vec." };
    private readonly Option<string> _mapping = new("--mapping") { Description = "A JSON file that says which tensors of a file of weights are the tables and layers of a DLRM.", HelpName = "file" };
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Initializes a new instance of the <see cref="InspectCommand"/> class.</summary>
    internal InspectCommand()
        : base("inspect", "Show the tables of a model and its tensorised layers (kinds, modes, ranks, bytes against dense), the features of a dataset, or the tensors of a checkpoint of another program, without running any of its code.")
    {
        Examples = [("./dlrm inspect runs/first", "a model"), ("./dlrm inspect data/criteo --json", "a dataset, for programs"), ("./dlrm inspect model.pt", "a PyTorch checkpoint")];
        Arguments.Add(_path);
        Options.Add(_mapping);
        Options.Add(_json);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string path = result.GetValue(_path)!;
        bool isJson = result.GetValue(_json);
        string? mapping = result.GetValue(_mapping);
        if (File.Exists(path))
        {
            WeightInspection.Show(context.Terminal, path, mapping is null ? null : KeyMappingFile.Read(mapping), isJson);
            return ExitCode.Done;
        }

        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"There is no folder or file '{path}'.");
        }

        if (mapping is not null)
        {
            throw new UsageException("--mapping is for files of weights; leave it out for a folder.");
        }

        bool isModel = File.Exists(Path.Combine(path, "model.json")) || File.Exists(Path.Combine(path, "model", "model.json")) || !File.Exists(Path.Combine(path, DatasetSchema.FileName));
        if (isModel)
        {
            ShowModel(context.Terminal, CompactModel.Find(path), isJson);
        }
        else
        {
            ShowDataset(context.Terminal, path, DatasetFolder.Open(path).Schema, isJson);
        }

        return ExitCode.Done;
    }

    private static void ShowModel(Terminal terminal, string folder, bool isJson)
    {
        CompactDescription model = CompactModel.Describe(folder);
        (CompactLayer Layer, int Outputs, int Inputs)[] layers = [.. from layer in model.Layers ?? []
                                                                     join size in model.LayerSizes() on layer.Name equals size.Name
                                                                     select (layer, size.Outputs, checked((int)size.Inputs))];
        long denseBytes = model.StoredBytes + model.Tables.Sum(table => DenseBytes(model, table) - table.StoredBytes)
            + layers.Sum(layer => DenseBytes(layer.Outputs, layer.Inputs) - layer.Layer.StoredBytes);
        if (isJson)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(new { Folder = folder, Model = model, DenseBytes = denseBytes }, OptionsJson.Line));
            return;
        }

        Table table = SharedOptions.NewTable("table", "rows", "kind", "row modes", "column modes", "ranks", "stored", "smaller");
        foreach (CompactTable entry in model.Tables)
        {
            table.AddRow(
                Markup.Escape(entry.Feature), Format.Count(entry.Rows), entry.Kind.ToString() + (entry.ExactRows > 0 ? $" + {entry.ExactRows} rows" : string.Empty),
                Modes(entry.RowModes), Modes(entry.ColumnModes), Markup.Escape(Format.Ranks(entry.Ranks)),
                Format.Bytes(entry.StoredBytes), Format.Ratio(DenseBytes(model, entry), entry.StoredBytes));
        }

        terminal.Results.Write(table);
        if (layers.Length > 0)
        {
            ShowLayers(terminal, layers);
        }

        terminal.Output.WriteLine($"whole model   {Format.Bytes(model.StoredBytes)}, {Format.Ratio(denseBytes, model.StoredBytes)} smaller than dense ({Format.Bytes(denseBytes)})");
        terminal.Output.WriteLine($"bottom MLP    {(model.DenseFeatures == 0 ? "none" : $"{model.DenseFeatures}-{string.Join("-", model.BottomMlp)}")}; top MLP {string.Join("-", model.TopMlp.Append(1))}; embedding dim {model.EmbeddingDim}; interaction: {model.Interaction}");
        terminal.Output.WriteLine($"posterior     {model.Inference}{(model.Files.Count > 1 ? ", kept" : ", not kept")}");
        terminal.Output.WriteLine($"dataset       {model.DatasetFingerprint}");
        foreach (CheckpointFile file in model.Files)
        {
            terminal.Output.WriteLine($"{file.Name}   {Format.Bytes(file.Bytes)}, SHA-256 {file.Sha256}");
        }
    }

    private static void ShowLayers(Terminal terminal, (CompactLayer Layer, int Outputs, int Inputs)[] layers)
    {
        Table table = SharedOptions.NewTable("layer", "weight", "format", "row modes", "column modes", "ranks", "stored", "smaller", $"{LinearCost.NominalSamples} samples");
        foreach ((CompactLayer layer, int outputs, int inputs) in layers)
        {
            table.AddRow(
                Markup.Escape(layer.Name), $"{outputs} × {inputs}", layer.Format.ToString(), Modes(layer.RowModes), Modes(layer.ColumnModes), Markup.Escape(Format.Ranks(layer.Ranks)),
                Format.Bytes(layer.StoredBytes), Format.Ratio(DenseBytes(outputs, inputs), layer.StoredBytes),
                layer.Ranks.Count == 0 ? "bias only" : Markup.Escape(LinearCost.Of(layer.ToFormat(outputs, inputs), LinearCost.NominalSamples).ToString()));
        }

        terminal.Results.Write(table);
    }

    private static void ShowDataset(Terminal terminal, string folder, DatasetSchema schema, bool isJson)
    {
        if (isJson)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(new { Folder = folder, Schema = schema }, OptionsJson.Line));
            return;
        }

        Table table = SharedOptions.NewTable("feature", "rows of its table");
        foreach (SparseFeature feature in schema.Sparse)
        {
            table.AddRow(Markup.Escape(feature.Name), Format.Count(feature.Rows) + (feature.IsMultiHot ? " (lists)" : string.Empty));
        }

        terminal.Results.Write(table);
        terminal.Output.WriteLine($"dense         {schema.Dense.Count} features, transform {schema.Transform}");
        terminal.Output.WriteLine($"ids           {schema.Ids.Kind}{(schema.Ids.Kind == IdEncodingKind.Vocabulary ? $", at least {schema.Ids.MinFrequency} training rows a value" : string.Empty)}");
        foreach (DatasetSplit split in Enum.GetValues<DatasetSplit>())
        {
            terminal.Output.WriteLine($"{split.ToString().ToLowerInvariant(),-13} {Format.Count(schema.Rows(split))} rows in {schema.Files(split).Count} files");
        }

        terminal.Output.WriteLine($"fingerprint   {schema.Fingerprint}");
    }

    private static long DenseBytes(CompactDescription model, CompactTable table) => table.Rows * model.EmbeddingDim * sizeof(float);

    private static long DenseBytes(int outputs, int inputs) => (long)outputs * inputs * sizeof(float);

    private static string Modes(IReadOnlyList<int>? modes) => modes is null ? "–" : string.Join("·", modes);
}
