using System.Text.Json;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data.Images;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Runs the experiment "adtn"; rows and seeds that are done are taken from their files.</summary>
/// <param name="context">What the host gives.</param>
/// <param name="plan">The plan.</param>
/// <param name="images">The images.</param>
/// <param name="identity">The SHA-256 of the images.</param>
/// <param name="folder">Where results are kept: VARIANT-SEED.json.</param>
/// <param name="threads">The threads; 0: one for each processor.</param>
internal sealed class AdtnRunner(CommandContext context, AdtnPlan plan, ImageFolder images, string identity, string folder, int threads)
{
    /// <summary>Runs everything that is not done.</summary>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>For each variant, one result a seed; or null when it was stopped.</returns>
    internal IReadOnlyList<IReadOnlyList<AdtnRunResult>>? Run(CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        List<AdtnRunResult>[] results = [.. plan.Variants.Select(_ => new List<AdtnRunResult>())];
        try
        {
            foreach (ulong seed in plan.Seeds)
            {
                Lazy<float[][]> dense = new(() => TrainDense(seed, stop));
                for (int v = 0; v < results.Length; v++)
                {
                    results[v].Add(RunOne(plan.Variants[v], seed, dense, stop));
                }
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        return results;
    }

    private ClassifierOptions OptionsOf(ulong seed) => plan.Dense with { Seed = seed };

    private AdtnRunResult RunOne(AdtnVariant variant, ulong seed, Lazy<float[][]> dense, CancellationToken stop)
    {
        string file = Path.Combine(folder, $"{variant.Name}-{seed}.json");
        string fingerprint = CheckpointStore.Fingerprint(JsonSerializer.Serialize(plan with { Variants = [variant], Seeds = [seed] }, OptionsJson.Line) + identity);
        if (File.Exists(file) && JsonSerializer.Deserialize<AdtnRunResult>(File.ReadAllText(file), OptionsJson.Line) is AdtnRunResult kept && kept.Fingerprint == fingerprint)
        {
            context.Terminal.Note($"{plan.Name}, {variant.Name}, seed {seed}: done before, test accuracy {Format.Metric(kept.TrainedAccuracy)}.");
            return kept;
        }

        using CpuDevice device = new(Machine.Threads(threads));
        using AdtnNetwork network = new(device, plan, variant, OptionsOf(seed), images.Training.PixelsPerImage, dense.Value);
        double denseAccuracy = Accuracy(network.Create(isCompressed: false));
        long start = context.Time.GetTimestamp();
        double distance = network.Fit(stop);
        double fitSeconds = context.Time.GetElapsedTime(start).TotalSeconds;
        double fitted = Accuracy(network.Create(isCompressed: true));
        double frozen = variant.Kind == AdtnWeightKind.Random ? double.NaN : Train(network, network.IsReplaced, stop);
        start = context.Time.GetTimestamp();
        double trained = Train(network, variant.Kind == AdtnWeightKind.Random ? parameter => !network.IsReplaced(parameter) : null, stop);
        double seconds = context.Time.GetElapsedTime(start).TotalSeconds;
        AdtnRunResult result = new()
        {
            Fingerprint = fingerprint,
            DenseElements = network.DenseElements,
            CompressedElements = network.CompressedElements,
            StoredElements = network.StoredElements,
            Distance = distance,
            LeastDistance = network.LeastDistance,
            DenseAccuracy = denseAccuracy,
            FittedAccuracy = fitted,
            FrozenAccuracy = frozen,
            TrainedAccuracy = trained,
            FitSeconds = fitSeconds,
            TrainingSeconds = seconds,
            Machine = $"{Machine.Describe()}; {device.Description}; dlrm {Machine.Version}",
        };
        RunFolder.WriteWhole(file, JsonSerializer.Serialize(result, OptionsJson.Indented) + "\n");
        context.Terminal.Note(
            $"{plan.Name}, {variant.Name}, seed {seed}: {Format.Count(network.CompressedElements)} numbers for {Format.Count(network.DenseElements)}, distance {Format.Metric(distance)}; "
            + $"test accuracy dense {Format.Metric(denseAccuracy)}, fitted {Format.Metric(fitted)}, frozen {Format.Metric(frozen)}, trained {Format.Metric(trained)} in {Format.Time(TimeSpan.FromSeconds(seconds))}");
        return result;
    }

    private float[][] TrainDense(ulong seed, CancellationToken stop)
    {
        using CpuDevice device = new(Machine.Threads(threads));
        using ImageClassifier model = new(device, OptionsOf(seed), images.Training.PixelsPerImage, ImageFolder.Classes);
        using ClassifierTrainer trainer = new(model, images.Training);
        if (!trainer.Run(cancellation: stop))
        {
            throw new OperationCanceledException(stop);
        }

        return [.. model.Parameters.Cast<DenseParameter>().Select(static parameter => parameter.Value.ToArray())];
    }

    private double Train(AdtnNetwork network, Func<Parameter, bool>? isTrained, CancellationToken stop)
    {
        ImageClassifier model = network.Create(isCompressed: true, plan.ScaleBeforeTraining);
        using ClassifierTrainer trainer = new(model, images.Training, isTrained);
        return trainer.Run(cancellation: stop) ? Accuracy(model) : throw new OperationCanceledException(stop);
    }

    private double Accuracy(ImageClassifier model)
    {
        using (model)
        {
            return ClassifierEvaluator.Evaluate(model, images.Test).Accuracy;
        }
    }
}
