using System.Globalization;
using System.Reflection;
using System.Text;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Metrics;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.Bench.Workers;

/// <summary>Trains the same run with 1, 2 and 4 workers, each a thread, with the same batches over all, and compares what they learn.</summary>
internal static class ConvergenceReport
{
    private static readonly int[] Workers = [1, 2, 4];
    private static readonly ulong[] Seeds = [1, 2, 3];

    /// <summary>Trains everything; prints it and writes it to a file.</summary>
    /// <param name="run">A run folder whose options and dataset are used: the seed is replaced.</param>
    /// <param name="path">The file.</param>
    internal static void Write(string run, string path)
    {
        RunOptions options = new RunFolder(run).ReadOptions();
        StringBuilder text = new();
        text.AppendLine("# The same run with 1, 2 and 4 workers");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Command: `./dlrm experiment criteo-sample`, then `dotnet run -c Release --project bench -- workers {run}`. Code: {Version()}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"Workers are threads with a model each. Batches of {options.Training.BatchSize} samples over all workers, one posterior draw for each; {Seeds.Length} seeds.");
        text.AppendLine();
        text.AppendLine("| workers | test AUC of each seed | mean ± sd | test log loss, mean | from one worker |");
        text.AppendLine("|---:|---|---:|---:|---:|");
        double? first = null;
        foreach (int workers in Workers)
        {
            MetricsResult[] results = [.. Seeds.Select(seed => Train(options with { Training = options.Training with { Seed = seed, Threads = 1 } }, workers))];
            double[] areas = [.. results.Select(result => result.Auc)];
            double mean = areas.Average();
            first ??= mean;
            double deviation = Math.Sqrt(areas.Sum(area => Math.Pow(area - mean, 2)) / (areas.Length - 1));
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"| {workers} | {string.Join(", ", areas.Select(area => area.ToString("F4", CultureInfo.InvariantCulture)))} | {mean:F4} ± {deviation:F4} | {results.Average(result => result.LogLoss):F4} | {Math.Round(mean - first.Value, 4):+0.0000;−0.0000;0.0000} |");
            text.AppendLine(line);
            Console.WriteLine(line);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, text.ToString());
        Console.Write(text.ToString());
    }

    private static MetricsResult Train(RunOptions options, int workers)
    {
        MetricsResult?[] results = new MetricsResult?[workers];
        Exception?[] failures = new Exception?[workers];
        Thread[] threads = [.. ThreadCommunicator.Create(workers).Select(communicator => new Thread(() =>
        {
            try
            {
                results[communicator.Rank] = TrainOne(options, communicator);
            }
            catch (Exception exception)
            {
                failures[communicator.Rank] = exception;
                communicator.Dispose();
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Exception[] thrown = [.. failures.OfType<Exception>()];
        return thrown.Length > 0 ? throw new AggregateException(thrown) : results[0]!;
    }

    private static MetricsResult TrainOne(RunOptions options, ThreadCommunicator communicator)
    {
        DatasetFolder dataset = RunFolder.OpenData(options);
        using CpuDevice device = new(1);
        using DlrmModel model = new(device, options.Dlrm, DataSources.InputsOf(dataset.Schema), new CommunicatorRowExchange(communicator));
        using ParquetBatchSource training = DataSources.OpenTraining(dataset, options, TimeProvider.System, communicator);
        using Trainer trainer = new(model, training, null, communicator, TimeProvider.System);
        trainer.Run();
        using ParquetBatchSource test = DataSources.OpenEvaluation(dataset, DatasetSplit.Test, options.Data, TimeProvider.System, communicator)
            ?? throw new InvalidOperationException("The dataset has no test split.");
        MetricsResult result = Evaluator.Evaluate(model, test, communicator);
        communicator.Barrier();
        return result;
    }

    private static string Version() => typeof(Trainer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
