using System.Text.Json;
using System.Text.Json.Nodes;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Data.Synthetic;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Runs the variants of a plan over its seeds; runs that are done are taken from their folders, so an interrupted experiment goes on.</summary>
/// <param name="context">What the host gives.</param>
/// <param name="plan">The plan.</param>
/// <param name="folder">Where dataset and runs are kept: data/ and VARIANT-SEED/.</param>
/// <param name="threads">The threads; 0: one for each processor.</param>
internal sealed class ExperimentRunner(CommandContext context, ExperimentPlan plan, string folder, int threads)
{
    /// <summary>Gets the dataset's folder.</summary>
    internal string DataFolder => Path.Combine(folder, "data");

    /// <summary>Reads a plan that comes with the program, or a file.</summary>
    /// <param name="name">The name, or a path that ends in .json.</param>
    /// <param name="changes">"seeds=[1]" and the like, on the plan itself.</param>
    /// <returns>The plan.</returns>
    internal static ExperimentPlan ReadPlan(string name, IEnumerable<string> changes)
    {
        bool isFile = name.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        if (isFile && !File.Exists(name))
        {
            throw new UsageException($"There is no file '{name}'.");
        }

        OptionsBinder<ExperimentPlan> binder = new OptionsBinder<ExperimentPlan>(new ExperimentPlan { Title = string.Empty, Variants = [] })
            .AddJson(isFile ? File.ReadAllText(name) : EmbeddedFiles.Read("experiments", name), name);
        foreach (string change in changes)
        {
            binder.AddSetting(change);
        }

        ExperimentPlan plan = binder.Bind();
        if (plan.Plans.Count > 0)
        {
            return plan.Variants.Count + plan.Inputs.Count + plan.Datasets.Count + plan.Images.Length == 0
                ? plan
                : throw new UsageException($"The experiment {name} has plans; variants, inputs, datasets and images belong to each of them.");
        }

        string? twice = plan.Variants.GroupBy(variant => variant.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (plan.Variants.Count == 0 || plan.Seeds.Count == 0 || twice is not null)
        {
            throw new UsageException(twice is null ? $"The experiment {name} needs at least one variant and one seed." : $"The experiment {name} has two variants '{twice}'.");
        }

        string? same = plan.Datasets.GroupBy(dataset => dataset.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (same is not null || (plan.Datasets.Count > 0 && plan.Inputs.Count > 0))
        {
            throw new UsageException(same is null ? $"The experiment {name} has inputs and datasets; datasets are generated." : $"The experiment {name} has two datasets '{same}'.");
        }

        if (plan.Images.Length > 0 && (plan.Inputs.Count > 0 || plan.Datasets.Count > 0 || plan.Data.Count > 0 || plan.Variants.Any(variant => variant.BytesOf.Length > 0)))
        {
            throw new UsageException($"The experiment {name} has images; inputs, datasets, data and bytesOf belong to experiments with a DLRM.");
        }

        return plan;
    }

    /// <summary>Runs a plan with several generated datasets, each in a folder of its own.</summary>
    /// <param name="context">What the host gives.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">Where those folders are kept.</param>
    /// <param name="threads">The threads; 0: one for each processor.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>One outcome a dataset, or null when it was stopped.</returns>
    internal static IReadOnlyList<TeacherOutcome>? RunDatasets(CommandContext context, ExperimentPlan plan, string folder, int threads, CancellationToken stop)
    {
        List<TeacherOutcome> outcomes = [];
        foreach (ExperimentDataset dataset in plan.Datasets)
        {
            context.Terminal.Note($"{dataset.Label}:");
            JsonObject data = Copy(plan.Data);
            foreach ((string key, JsonNode? value) in dataset.Data)
            {
                data[key] = value?.DeepClone();
            }

            ExperimentRunner runner = new(context, plan with { Data = data, Datasets = [] }, Path.Combine(folder, dataset.Name), threads);
            DatasetFolder prepared = runner.PrepareData(string.Empty, stop);
            if (runner.Run(prepared, stop) is not IReadOnlyList<VariantSummary> summaries)
            {
                return null;
            }

            outcomes.Add(new TeacherOutcome(dataset, TeacherFile.ReadDescription(prepared.FullPath), summaries));
        }

        return outcomes;
    }

    /// <summary>Makes the dataset unless it is there.</summary>
    /// <param name="sharedData">The folder of real data; only for plans with inputs.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>The dataset.</returns>
    internal DatasetFolder PrepareData(string sharedData, CancellationToken stop)
    {
        // The options that made the dataset stand beside it: another plan makes it anew.
        string keyFile = Path.Combine(folder, "data.json");
        if (plan.Inputs.Count > 0)
        {
            string[] inputs = [.. plan.Inputs.Select(input => Path.Combine(sharedData, input))];
            ConvertOptions options = new OptionsBinder<ConvertOptions>(new ConvertOptions { Inputs = inputs, Output = DataFolder, Overwrite = true }).Add(Copy(plan.Data), "data").Bind();
            string key = JsonSerializer.Serialize(options, OptionsJson.Indented);
            if (!IsMade(keyFile, key))
            {
                DatasetMaker.Convert(context, options, stop);
                RunFolder.WriteWhole(keyFile, key);
            }
        }
        else
        {
            GeneratorOptions options = new OptionsBinder<GeneratorOptions>(GeneratorOptions.Preset(plan.GeneratorPreset)).Add(Copy(plan.Data), "data").Bind();
            string key = JsonSerializer.Serialize(options, OptionsJson.Indented);
            if (!IsMade(keyFile, key))
            {
                DatasetMaker.Generate(context, options, DataFolder, overwrite: true, Machine.Threads(threads), stop);
                RunFolder.WriteWhole(keyFile, key);
            }
        }

        return DatasetFolder.Open(DataFolder);
    }

    /// <summary>Runs everything that is not done.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="stop">Asks to stop; the run that is on saves a checkpoint.</param>
    /// <returns>One summary a variant, or null when it was stopped.</returns>
    internal IReadOnlyList<VariantSummary>? Run(DatasetFolder dataset, CancellationToken stop)
    {
        Dictionary<string, VariantSummary> done = [];
        foreach (ExperimentVariant variant in InOrder())
        {
            List<RunResult> runs = [];
            foreach (ulong seed in plan.Seeds)
            {
                RunOptions options = OptionsOf(variant, seed);
                if (variant.BytesOf.Length > 0 || variant.Bytes > 0)
                {
                    options = EqualBytes.Apply(options, dataset.Schema, variant.Bytes > 0 ? variant.Bytes : done[variant.BytesOf].ModelBytes);
                }

                if (RunOne(variant, seed, options, dataset, stop) is not RunResult result)
                {
                    return null;
                }

                runs.Add(result);
            }

            done[variant.Name] = new VariantSummary(variant, runs);
        }

        return [.. plan.Variants.Select(variant => done[variant.Name])];
    }

    /// <summary>Gets the folder of one run.</summary>
    /// <param name="variant">The variant.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The folder.</returns>
    internal RunFolder FolderOf(ExperimentVariant variant, ulong seed) => new(Path.Combine(folder, $"{variant.Name}-{seed}"));

    private static JsonObject Copy(JsonObject node) => node.DeepClone().AsObject();

    private static bool IsMade(string keyFile, string key) =>
        File.Exists(keyFile) && File.ReadAllText(keyFile) == key && File.Exists(Path.Combine(Path.GetDirectoryName(keyFile)!, "data", DatasetSchema.FileName));

    private IEnumerable<ExperimentVariant> InOrder()
    {
        string? unknown = plan.Variants.Select(variant => variant.BytesOf).FirstOrDefault(name => name.Length > 0 && plan.Variants.All(variant => variant.Name != name || variant.BytesOf.Length > 0));
        ExperimentVariant? both = plan.Variants.FirstOrDefault(variant => variant.BytesOf.Length > 0 && variant.Bytes > 0);
        if (both is not null)
        {
            throw new UsageException($"The variant '{both.Name}' has bytesOf '{both.BytesOf}' and bytes {both.Bytes}; only one can choose storedRows.");
        }

        return unknown is null
            ? plan.Variants.OrderBy(variant => variant.BytesOf.Length > 0)
            : throw new UsageException($"bytesOf names '{unknown}', which is not a variant with a size of its own.");
    }

    private RunOptions OptionsOf(ExperimentVariant variant, ulong seed)
    {
        RunOptions options = new OptionsBinder<RunOptions>(new RunOptions())
            .Add(Copy(plan.Options), "options")
            .Add(Copy(variant.Options), $"variant {variant.Name}")
            .Bind();
        options = options with
        {
            Data = options.Data with { Folder = Path.GetFullPath(DataFolder) },
            Training = options.Training with { Seed = seed, Threads = threads },
        };
        options.Validate();
        return options;
    }

    private RunResult? RunOne(ExperimentVariant variant, ulong seed, RunOptions options, DatasetFolder dataset, CancellationToken stop)
    {
        RunFolder run = FolderOf(variant, seed);
        string name = plan.Seeds.Count > 1 ? $"{variant.Name}, seed {seed}" : variant.Name;
        string fingerprint = CheckpointStore.Fingerprint(options.ResultKey());
        if (File.Exists(run.Result)
            && JsonSerializer.Deserialize<RunResult>(File.ReadAllText(run.Result), OptionsJson.Line) is RunResult kept
            && kept.OptionsFingerprint == fingerprint && kept.DatasetFingerprint == dataset.Schema.Fingerprint)
        {
            context.Terminal.Note($"{name}: done before, test AUC {Format.Metric(kept.Test?.Auc)}.");
            return kept;
        }

        bool isInterrupted = File.Exists(run.Options) && !File.Exists(run.Result) && Directory.Exists(run.Checkpoints)
            && CheckpointStore.Fingerprint(run.ReadOptions().ResultKey()) == fingerprint;
        if (!isInterrupted)
        {
            run.Create(options, overwrite: true);
        }

        using TrainingRun training = new(context, run, options, name);
        if (isInterrupted)
        {
            training.Resume();
        }

        return training.Execute(stop);
    }
}
