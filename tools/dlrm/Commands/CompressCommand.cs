using System.CommandLine;
using System.Text.Json;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Compression;
using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Numerics.Cpu;
using Dlrm.Planning;
using Dlrm.Training;
using Dlrm.Weights;

namespace Dlrm.CommandLine.Commands;

/// <summary>Compresses the tables of a trained model.</summary>
internal sealed class CompressCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "A run folder or model folder with dense tables; or a PyTorch checkpoint or safetensors file of a DLRM." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The model folder to make.", HelpName = "folder", Required = true };
    private readonly Option<string> _budget = new("--budget") { Description = "What the whole model may store: 100x for a hundredth of its bytes, or bytes such as 420kB.", HelpName = "size", Required = true };

    private readonly Option<string> _methods = new("--method")
    {
        Description = "The methods of which each table takes the best: rows, projection, ttSvd, or auto for all.",
        HelpName = "name,name",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string> _storage = new("--storage")
    {
        Description = "The storage types that are tried for rows and cores: float32, float16, int8, int4, or auto for all.",
        HelpName = "name,name",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<StorageType?> _towers = new("--tower-storage") { Description = "The storage of the towers; else what leaves three quarters of the bytes to the tables." };
    private readonly Option<int> _maxRank = new("--max-rank") { Description = "The largest TT rank.", HelpName = "n", DefaultValueFactory = _ => 64 };
    private readonly Option<string> _memory = new("--memory") { Description = "What the decomposition of a table may use.", HelpName = "size", DefaultValueFactory = _ => "1GB" };
    private readonly Option<string> _evaluate = new("--evaluate") { Description = "Measure the model before and after on the test split of a dataset.", HelpName = "folder" };
    private readonly Option<string> _mapping = new("--mapping") { Description = "For a file of weights: a JSON file that says which tensors are which weights of a DLRM.", HelpName = "file" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a model that is there." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Initializes a new instance of the <see cref="CompressCommand"/> class.</summary>
    internal CompressCommand()
        : base("compress", "Make a trained model smaller: every table gets the method, ranks and storage that lose least for the bytes.")
    {
        Examples =
        [
            ("./dlrm compress runs/dense --budget 10x --output runs/small", "a tenth of the bytes; dlrm evaluate and predict take the folder"),
            ("./dlrm compress runs/dense --budget 50x --output runs/tiny --evaluate data/criteo", "with AUC before and after"),
            ("./dlrm compress runs/dense --budget 2MB --output runs/tt --method ttSvd --storage float16", "TT-matrices with float16 cores only"),
            ("./dlrm compress model.pt --budget 100x --output runs/theirs", "a checkpoint of facebookresearch/dlrm or torchrec; nothing in it is run"),
        ];
        Arguments.Add(_model);
        foreach (Option option in (Option[])[_output, _budget, _methods, _storage, _towers, _maxRank, _memory, _evaluate, _mapping, _overwrite, _threads, _json])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string path = result.GetValue(_model)!;
        string output = result.GetValue(_output)!;
        if (Directory.Exists(output) && !result.GetValue(_overwrite))
        {
            throw new UsageException($"{output} is there already; choose another --output, or replace it with --overwrite.");
        }

        ByteBudget budget = ByteBudget.TryParse(result.GetValue(_budget)!) ?? throw new UsageException($"--budget '{result.GetValue(_budget)}' is neither like 100x nor like 420kB.");
        ByteBudget memory = ByteBudget.TryParse(result.GetValue(_memory)!) ?? throw new UsageException($"--memory '{result.GetValue(_memory)}' is not like 1GB.");
        using CpuDevice device = new(Machine.Threads(result.GetValue(_threads)));
        if (File.Exists(path))
        {
            using WeightFile file = WeightFile.Open(path);
            SourceModel foreign = ForeignModel.Of(file, result.GetValue(_mapping) is string mapping ? KeyMappingFile.Read(mapping) : null, device);
            return Run(result, context, device, foreign, budget, memory, folder: null, dense: null, stop);
        }

        string folder = ModelFiles.Find(path);
        using DlrmModel dense = CompactModel.Load(folder, device);
        return Run(result, context, device, SourceModel.Of(dense), budget, memory, folder, dense, stop);
    }

    private int Run(
        ParseResult result, CommandContext context, CpuDevice device, SourceModel source, ByteBudget budget, ByteBudget memory, string? folder, DlrmModel? dense, CancellationToken stop)
    {
        string output = result.GetValue(_output)!;
        CompressionOptions options = new()
        {
            Bytes = budget.BytesOf(ModelCompressor.DenseBytes(source)),
            Methods = Parse<CompressionMethod>(result.GetValue(_methods)!, "--method"),
            Storage = Parse<StorageType>(result.GetValue(_storage)!, "--storage"),
            TowerStorage = result.GetValue(_towers),
            MaxRank = result.GetValue(_maxRank),
            MemoryBytes = memory.BytesOf(0),
        };
        ProgressLine progress = new(context.Terminal, context.Time, "compress");
        using CompressedModel compressed = ModelCompressor.Run(device, source, options, progress.Report, stop);
        progress.Report("done", 1);
        CompactModel.Save(output, compressed.Model, folder is null ? string.Empty : CompactModel.Describe(folder).DatasetFingerprint);
        if (folder is not null)
        {
            ModelFiles.CopyMeaning(folder, output);
        }

        (MetricsSummary Before, MetricsSummary After)? metrics = result.GetValue(_evaluate) is string data ? Evaluate(source, dense, output, data, device, compressed.Model, context, stop) : null;
        Print(context.Terminal, output, compressed, metrics, result.GetValue(_json));
        return ExitCode.Done;
    }

    private static T[] Parse<T>(string names, string option)
        where T : struct, Enum
    {
        if (names == "auto")
        {
            return Enum.GetValues<T>();
        }

        return [.. names.Split(',').Select(name => Enum.TryParse(name, ignoreCase: true, out T value) && Enum.IsDefined(value) && !char.IsDigit(name[0])
            ? value
            : throw new UsageException($"{option} has no '{name}'; it takes auto or {string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName))}."))];
    }

    private static (MetricsSummary Before, MetricsSummary After) Evaluate(
        SourceModel source, DlrmModel? dense, string output, string data, CpuDevice device, DlrmModel compressed, CommandContext context, CancellationToken stop)
    {
        DatasetFolder dataset = DatasetFolder.Open(data);
        ModelFiles.RequireFit(output, dataset);
        using DlrmModel? rebuilt = dense is null ? ModelCompressor.Rebuild(device, source) : null;
        return (Evaluate(dense ?? rebuilt!, dataset, context, stop), Evaluate(compressed, dataset, context, stop));
    }

    private static MetricsSummary Evaluate(DlrmModel model, DatasetFolder dataset, CommandContext context, CancellationToken stop)
    {
        using ParquetBatchSource source = DataSources.OpenEvaluation(dataset, DatasetSplit.Test, new DataOptions(), context.Time)
            ?? throw new DataFormatException($"The test split of {dataset.FullPath} has no row.");
        using LocalCommunicator communicator = new();
        return MetricsSummary.Of(Evaluator.Evaluate(model, source, communicator, stop));
    }

    private static void Print(Terminal terminal, string output, CompressedModel compressed, (MetricsSummary Before, MetricsSummary After)? metrics, bool isJson)
    {
        StorageOptions storage = compressed.Model.Options.Model.Storage;
        if (isJson)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(
                new { Model = output, compressed.DenseBytes, compressed.Bytes, storage.Rows, storage.Cores, storage.Mlps, compressed.Tables, metrics?.Before, metrics?.After }, OptionsJson.Line));
            return;
        }

        ResultTables.Compressed(terminal, compressed.Tables);
        if (metrics is (MetricsSummary before, MetricsSummary after))
        {
            ResultTables.Metrics(terminal, [("before", before), ("after", after)]);
        }

        terminal.Output.WriteLine(
            $"Model {Format.Bytes(compressed.Bytes)}, {Format.Ratio(compressed.DenseBytes, compressed.Bytes)} smaller than {Format.Bytes(compressed.DenseBytes)}; "
            + $"rows in {storage.Rows.ToString().ToLowerInvariant()}, cores in {storage.Cores.ToString().ToLowerInvariant()}; model folder {output}");
    }
}
