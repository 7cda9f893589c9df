using System.CommandLine;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.Embeddings;

namespace Dlrm.CommandLine.Runs;

/// <summary>The flags that have a compressed model trained on.</summary>
internal sealed class FineTuneFlags
{
    private readonly Option<string> _data = new("--fine-tune") { Description = "Then train the compressed model on a dataset's training split, and measure it on the test split.", HelpName = "folder" };
    private readonly Option<int> _epochs = new("--epochs") { Description = "The passes of --fine-tune over the data.", HelpName = "n", DefaultValueFactory = _ => 1 };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "An option of --fine-tune: --set training.mlpOptimizer.learningRate=0.003; with --set rankPrior.inference=fixedRanks ranks stay.",
        HelpName = "key=value",
    };

    /// <summary>Gets the options of fine-tuning when nothing is set.</summary>
    /// <remarks>
    /// The prior acts from the first steps on: without it a model that has seen the data overfits in a second pass. The state with the best validation AUC of
    /// ten evaluations is taken.
    /// </remarks>
    internal static RunOptions Defaults => new()
    {
        Training = new TrainingOptions
        {
            MlpOptimizer = new OptimizerOptions { Kind = OptimizerKind.Adagrad, LearningRate = 0.01 },
            TableOptimizer = new OptimizerOptions { Kind = OptimizerKind.Adagrad, LearningRate = 0.01 },
            FactorOptimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.005 },
            Patience = 20,
        },
        RankPrior = new RankPriorOptions { Inference = InferenceKind.Svi, KlWarmupStart = 0, KlWarmupEnd = 0.05 },
    };

    /// <summary>Adds the flags to a command.</summary>
    /// <param name="command">The command.</param>
    internal void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_data, _epochs, _set])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Makes the options of the training.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <returns>The options, validated; null when no training is asked for.</returns>
    /// <exception cref="UsageException">Options of a training are given, but no data.</exception>
    internal RunOptions? Bind(ParseResult result)
    {
        string[] settings = result.GetValue(_set) ?? [];
        if (result.GetValue(_data) is not string data)
        {
            return settings.Length == 0 && result.GetResult(_epochs) is not { Implicit: false }
                ? null
                : throw new UsageException("--epochs and --set are options of --fine-tune: name the data with --fine-tune <folder>.");
        }

        OptionsBinder<RunOptions> binder = new(Defaults with { Training = Defaults.Training with { Epochs = result.GetValue(_epochs) } });
        foreach (string setting in settings)
        {
            binder.AddSetting(setting);
        }

        RunOptions options = binder.Bind();
        options = options with { Data = options.Data with { Folder = Path.GetFullPath(data) } };
        options.Validate();

        // Hours of decomposition are not spent before a wrong name is seen.
        RunFolder.OpenData(options);
        return options;
    }
}
