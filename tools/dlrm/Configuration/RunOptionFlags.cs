using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Dlrm.CommandLine.Hosting;
using Dlrm.Embeddings;

namespace Dlrm.CommandLine.Configuration;

/// <summary>The flags that say what a run does; all of them end in one <see cref="RunOptions"/>.</summary>
/// <remarks>Layers, the later ones win: defaults, <c>--preset</c>, <c>--config</c>, single flags, <c>--set</c>.</remarks>
internal sealed class RunOptionFlags
{
    private readonly Option<string> _preset = new("--preset") { Description = $"Start from a preset: {string.Join(", ", EmbeddedFiles.Names("presets"))}.", HelpName = "name" };
    private readonly Option<string> _config = new("--config") { Description = "A JSON file of options; 'dlrm options' shows every key.", HelpName = "file" };
    private readonly Option<string[]> _set = new("--set") { Description = "Any option by its key: --set model.tables.startRank=8. May be repeated.", HelpName = "key=value", AllowMultipleArgumentsPerToken = false };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "The seed of everything random in the run.", HelpName = "n" };
    private readonly Option<string?> _tables = new("--tables")
    {
        Description = "How tables are stored: auto, dense, lowRank, hash, quotientRemainder, frequentRows, zero; or low-rank in a format: ttm, tt, cp, tucker, ring. auto chooses formats too.",
        HelpName = "kind",
    };

    private readonly Option<string?> _format = new("--format")
    {
        Description = "The format of low-rank tables: auto, ttm, tt, cp, tucker, ring. With --preset kaggle: the published shape in that format.",
        HelpName = "name",
    };

    private readonly (Option Option, string Key)[] _mapped;

    /// <summary>Initializes a new instance of the <see cref="RunOptionFlags"/> class.</summary>
    internal RunOptionFlags()
    {
        _mapped =
        [
            (new Option<int?>("--epochs") { Description = "Passes over the training data.", HelpName = "n" }, "training.epochs"),
            (new Option<int?>("--batch-size") { Description = "Samples of a batch.", HelpName = "n" }, "training.batchSize"),
            (new Option<int?>("--embedding-dim") { Description = "The embedding dimension; the bottom MLP must end in it.", HelpName = "n" }, "model.embeddingDim"),
(_tables, "model.tables.kind"),
            (_format, "model.tables.format"),
            (new Option<string?>("--budget") { Description = "What the whole model may store: 100x for a hundredth of its dense bytes, or bytes such as 420kB. Sets starting ranks.", HelpName = "size" }, "model.budget"),
            (new Option<int?>("--checkpoint-every") { Description = "Steps between two checkpoints; 0: only at the end.", HelpName = "n" }, "training.checkpointEvery"),
            (_seed, "training.seed"),
            (_threads, "training.threads"),
        ];
    }

    /// <summary>Adds the flags to a command.</summary>
    /// <param name="command">The command.</param>
    internal void AddTo(Command command)
    {
        command.Options.Add(_preset);
        command.Options.Add(_config);
        command.Options.Add(_set);
        foreach ((Option option, _) in _mapped)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Lists the flags that a command line has.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <returns>"--epochs" and so on; the threads are not among them, for they do not change results.</returns>
    internal IEnumerable<string> Given(ParseResult result) =>
        _mapped.Select(pair => pair.Option).Concat([_preset, _config, _set])
            .Where(option => option != _threads && result.GetResult(option) is OptionResult { Implicit: false })
            .Select(option => option.Name);

    /// <summary>Gets the threads asked for.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <returns>The number, or null.</returns>
    internal int? Threads(ParseResult result) => result.GetValue(_threads);

    /// <summary>Makes the options.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <param name="folder">The dataset's folder, or null to keep that of the configuration.</param>
    /// <param name="defaultPreset">The preset when none is given, or null.</param>
    /// <returns>The options, validated.</returns>
    internal RunOptions Bind(ParseResult result, string? folder, string? defaultPreset = null)
    {
        OptionsBinder<RunOptions> binder = new(new RunOptions());
        string? published = Published(result);
        if ((published ?? result.GetValue(_preset) ?? defaultPreset) is string preset)
        {
            binder.AddJson(EmbeddedFiles.Read("presets", preset), $"preset {preset}");
        }

        if (result.GetValue(_config) is string config)
        {
            if (!File.Exists(config))
            {
                throw new UsageException($"There is no configuration file '{config}'; 'dlrm options > {config}' makes one with every default.");
            }

            binder.AddJson(File.ReadAllText(config), config);
        }

        foreach ((Option option, string key) in _mapped)
        {
            if (result.GetResult(option) is OptionResult { Implicit: false } given && !(option == _format && published is not null))
            {
                string text = given.Tokens.Count > 0 ? given.Tokens[0].Value : string.Empty;
                if (option == _tables && IsFormat(text))
                {
                    binder.AddSetting("model.tables.format", JsonValue.Create(text), $"{option.Name} {text}");
                    text = text == "auto" ? text : "lowRank";
                }

                binder.AddSetting(key, option is Option<string?> ? JsonValue.Create(text) : JsonNode.Parse(text), $"{option.Name} {text}");
            }
        }

        foreach (string setting in result.GetValue(_set) ?? [])
        {
            binder.AddSetting(setting);
        }

        if (folder is not null)
        {
            binder.AddSetting("data.folder", JsonValue.Create(folder), "data folder");
        }

        RunOptions options = binder.Bind();
        options.Validate();
        return options;
    }

    /// <summary>Gets the preset that a command line names, with the format for one that has a form for each.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <returns>"kaggle-tt" for --preset kaggle --format tt; null without a preset.</returns>
    internal string? Preset(ParseResult result) => Published(result) ?? result.GetValue(_preset);

    private static bool IsFormat(string text) => Enum.GetNames<TensorFormat>().Any(name => name.Equals(text, StringComparison.OrdinalIgnoreCase));

    private string? Published(ParseResult result)
    {
        string name = $"{result.GetValue(_preset)}-{result.GetValue(_format)}";
        return EmbeddedFiles.Names("presets").Contains(name) ? name : null;
    }
}
