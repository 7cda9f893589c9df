using System.Security.Cryptography;
using System.Text.Json;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data.Images;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Trains the classifiers of a plan over its seeds; runs that are done are taken from their folders, an interrupted one starts over.</summary>
/// <param name="context">What the host gives.</param>
/// <param name="plan">The plan, with images.</param>
/// <param name="folder">Where results are kept: VARIANT-SEED/result.json.</param>
/// <param name="threads">The threads; 0: one for each processor.</param>
internal sealed class ClassifierRunner(CommandContext context, ExperimentPlan plan, string folder, int threads)
{
    /// <summary>Makes the options of one run.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="variant">The variant.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The options.</returns>
    /// <exception cref="Numerics.OptionsException">An option is out of range.</exception>
    internal static ClassifierOptions OptionsOf(ExperimentPlan plan, ExperimentVariant variant, ulong seed)
    {
        ClassifierOptions options = new OptionsBinder<ClassifierOptions>(new ClassifierOptions())
            .Add(plan.Options.DeepClone().AsObject(), "options")
            .Add(variant.Options.DeepClone().AsObject(), $"variant {variant.Name}")
            .Bind() with
        { Seed = seed };
        options.Validate();
        return options;
    }

    /// <summary>Runs everything that is not done.</summary>
    /// <param name="images">The images.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>One summary a variant, or null when it was stopped.</returns>
    internal IReadOnlyList<ClassifierSummary>? Run(ImageFolder images, CancellationToken stop)
    {
        string identity = Identity(images);
        List<ClassifierSummary> summaries = [];
        foreach (ExperimentVariant variant in plan.Variants)
        {
            List<ClassifierRunResult> runs = [];
            foreach (ulong seed in plan.Seeds)
            {
                if (RunOne(variant, seed, images, identity, stop) is not ClassifierRunResult result)
                {
                    return null;
                }

                runs.Add(result);
            }

            summaries.Add(new ClassifierSummary(variant, runs));
        }

        return summaries;
    }

    /// <summary>Hashes all images and labels.</summary>
    /// <param name="images">The images.</param>
    /// <returns>The SHA-256 in hexadecimal.</returns>
    internal static string Identity(ImageFolder images)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (LabelledImages set in (LabelledImages[])[images.Training, images.Test])
        {
            hash.AppendData(set.Labels.Span);
            hash.AppendData(set.Pixels.Span);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private ClassifierRunResult? RunOne(ExperimentVariant variant, ulong seed, ImageFolder images, string identity, CancellationToken stop)
    {
        ClassifierOptions options = OptionsOf(plan, variant, seed);
        string name = plan.Seeds.Count > 1 ? $"{variant.Name}, seed {seed}" : variant.Name;
        string fingerprint = CheckpointStore.Fingerprint(JsonSerializer.Serialize(options, OptionsJson.Line) + identity);
        string file = Path.Combine(folder, $"{variant.Name}-{seed}", "result.json");
        if (File.Exists(file) && JsonSerializer.Deserialize<ClassifierRunResult>(File.ReadAllText(file), OptionsJson.Line) is ClassifierRunResult kept && kept.Fingerprint == fingerprint)
        {
            context.Terminal.Note($"{name}: done before, test accuracy {Format.Metric(kept.TestAccuracy)}.");
            return kept;
        }

        using CpuDevice device = new(Machine.Threads(threads));
        using ImageClassifier model = new(device, options, images.Training.PixelsPerImage, ImageFolder.Classes);
        using ClassifierTrainer trainer = new(model, images.Training);
        double fitLoss = double.NaN;
        long start = context.Time.GetTimestamp();
        bool isDone = trainer.Run(
            new CallbackProgress<ClassifierReport>(report =>
            {
                fitLoss = report.FitLoss;
                context.Terminal.Note(
                    $"{name}: epoch {report.Epoch} of {options.Epochs}, step {Format.Count(report.Step)}, loss {Format.Metric(report.TrainingLoss)}, fit of {Format.Count(trainer.FitSamples)} training images {Format.Metric(report.FitLoss)} nats");
            }),
            stop);
        double seconds = context.Time.GetElapsedTime(start).TotalSeconds;
        if (!isDone)
        {
            return null;
        }

        ClassifierMetrics test = ClassifierEvaluator.Evaluate(model, images.Test);
        ClassifierRunResult result = new()
        {
            Fingerprint = fingerprint,
            TrainingImages = images.Training.Count,
            TestImages = images.Test.Count,
            Steps = trainer.Step,
            StoredElements = model.StoredElements,
            Seconds = seconds,
            FitLoss = fitLoss,
            TestLoss = test.LogLoss,
            TestAccuracy = test.Accuracy,
            Machine = $"{Machine.Describe()}; {device.Description}; dlrm {Machine.Version}",
        };
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        RunFolder.WriteWhole(file, JsonSerializer.Serialize(result, OptionsJson.Indented) + "\n");
        context.Terminal.Note($"{name}: test accuracy {Format.Metric(test.Accuracy)}, test loss {Format.Metric(test.LogLoss)} nats, {Format.Time(TimeSpan.FromSeconds(seconds))} of training");
        return result;
    }
}
