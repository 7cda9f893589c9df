using System.CommandLine;
using System.Text.Json;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Compression;
using Dlrm.Data;
using Dlrm.Numerics.Cpu;
using Dlrm.Planning;
using Dlrm.Weights;

namespace Dlrm.CommandLine.Commands;

/// <summary>Compresses the tables of a trained model.</summary>
internal sealed class CompressCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "A run folder or model folder with dense tables; or a PyTorch checkpoint or safetensors file of a DLRM." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The model folder to make.", HelpName = "folder", Required = true };
    private readonly Option<string> _budget = new("--budget") { Description = "What the whole model may store: 100x for a hundredth of its bytes, or bytes such as 420kB.", HelpName = "size" };
    private readonly Option<double?> _error = new("--error") { Description = "Instead of --budget: the smallest model whose every table has at most this relative error, ‖W − Ŵ‖ / ‖W‖, as stored.", HelpName = "share" };

    private readonly Option<string> _methods = new("--method")
    {
        Description = "The methods of which each table takes the best: rows, projection, ttSvd, tucker, cp, orderedTtSvd, orderedTucker, bayes, hash, quotientRemainder, or auto for those that are quick.",
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
    private readonly FineTuneFlags _fineTune = new();

    /// <summary>Initializes a new instance of the <see cref="CompressCommand"/> class.</summary>
    internal CompressCommand()
        : base("compress", "Make a trained model smaller: every table gets the method, ranks and storage that lose least for the bytes.")
    {
        Examples =
        [
            ("./dlrm compress runs/dense --budget 10x --output runs/small", "a tenth of the bytes; dlrm evaluate and predict take the folder"),
            ("./dlrm compress runs/dense --budget 50x --output runs/tiny --evaluate data/criteo", "with AUC before and after"),
            ("./dlrm compress runs/dense --budget 2MB --output runs/tt --method ttSvd --storage float16", "TT-matrices with float16 cores only"),
            ("./dlrm compress runs/dense --error 0.05 --output runs/near", "the smallest model whose tables are all within 5 % of what they were"),
            ("./dlrm compress runs/dense --budget 100x --output runs/tuned --fine-tune data/criteo --epochs 1", "trained on after the compression, AUC before and after both"),
            ("./dlrm compress model.pt --budget 100x --output runs/theirs", "a checkpoint of facebookresearch/dlrm or torchrec; nothing in it is run"),
        ];
        Arguments.Add(_model);
        foreach (Option option in (Option[])[_output, _budget, _error, _methods, _storage, _towers, _maxRank, _memory, _evaluate, _mapping, _overwrite, _threads, _json])
        {
            Options.Add(option);
        }

        _fineTune.AddTo(this);
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

        CompressionOptions options = OptionsOf(result, out ByteBudget? budget);
        RunOptions? training = _fineTune.Bind(result);
        using CpuDevice device = new(Machine.Threads(result.GetValue(_threads)));
        if (File.Exists(path))
        {
            using WeightFile file = WeightFile.Open(path);
            SourceModel foreign = ForeignModel.Of(file, result.GetValue(_mapping) is string mapping ? KeyMappingFile.Read(mapping) : null, device);
            return Run(result, context, device, foreign, options, budget, training, folder: null, dense: null, stop);
        }

        string folder = CompactModel.Find(path);
        using DlrmModel dense = CompactModel.Load(folder, device);
        return Run(result, context, device, SourceModel.Of(dense), options, budget, training, folder, dense, stop);
    }

    private int Run(
        ParseResult result, CommandContext context, CpuDevice device, SourceModel source, CompressionOptions options, ByteBudget? budget, RunOptions? training, string? folder, DlrmModel? dense, CancellationToken stop)
    {
        string output = result.GetValue(_output)!;
        ProgressLine progress = new(context.Terminal, context.Time, "compress");
        using CompressedModel compressed = ModelCompressor.Run(
            device, source, options with { Bytes = budget?.BytesOf(ModelCompressor.DenseBytes(source)) ?? 0 }, progress.Report, stop);
        progress.Report("done", 1);
        CompactModel.Save(output, compressed.Model, folder is null ? string.Empty : CompactModel.Describe(folder).DatasetFingerprint);
        if (folder is not null)
        {
            ModelFiles.CopyMeaning(folder, output);
        }

        string? evaluated = result.GetValue(_evaluate) ?? training?.Data.Folder;
        (MetricsSummary Before, MetricsSummary After)? metrics = evaluated is null
            ? null
            : BeforeAndAfter.Measure(source, dense, output, evaluated, compressed.Model, context.Time, stop);
        using DlrmModel? tuned = training is null ? null : FineTuning.Run(output, compressed.Model, training, context, stop);
        MetricsSummary? tunedMetrics = tuned is null ? null : BeforeAndAfter.Measure(tuned, DatasetFolder.Open(evaluated!), context.Time, stop);
        string report = CompressionPage.Write(output, result.GetValue(_model)!, source, compressed, metrics?.Before, metrics?.After, tunedMetrics is null ? null : (tunedMetrics, tuned!.StoredBytes));
        CompressionResults.Print(context.Terminal, output, compressed, metrics, tunedMetrics, result.GetValue(_json));
        context.Terminal.Note($"Report: {report}");
        return ExitCode.Done;
    }

    private CompressionOptions OptionsOf(ParseResult result, out ByteBudget? budget)
    {
        budget = null;
        (string? size, double? error) = (result.GetValue(_budget), result.GetValue(_error));
        if (size is null == error is null)
        {
            throw new UsageException($"{(size is null ? "Neither --budget nor --error is given" : "Both --budget and --error are given")}: say how small with --budget 100x, or how near with --error 0.05.");
        }

        if (size is not null)
        {
            budget = ByteBudget.TryParse(size) ?? throw new UsageException($"--budget '{size}' is neither like 100x nor like 420kB.");
        }

        ByteBudget memory = ByteBudget.TryParse(result.GetValue(_memory)!) ?? throw new UsageException($"--memory '{result.GetValue(_memory)}' is not like 1GB.");
        return new CompressionOptions
        {
            Error = error,
            Methods = Parse<CompressionMethod>(result.GetValue(_methods)!, "--method", []),
            Storage = Parse(result.GetValue(_storage)!, "--storage", Enum.GetValues<StorageType>()),
            TowerStorage = result.GetValue(_towers),
            MaxRank = result.GetValue(_maxRank),
            MemoryBytes = memory.BytesOf(0),
        };
    }

    private static T[] Parse<T>(string names, string option, T[] automatic)
        where T : struct, Enum
    {
        if (names == "auto")
        {
            return automatic;
        }

        return [.. names.Split(',').Select(name => Enum.TryParse(name, ignoreCase: true, out T value) && Enum.IsDefined(value) && !char.IsDigit(name[0])
            ? value
            : throw new UsageException($"{option} has no '{name}'; it takes auto or {string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName))}."))];
    }
}
