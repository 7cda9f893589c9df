using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dlrm.Bench.Scale;

namespace Dlrm.Bench.Kaggle;

/// <summary>Runs the published shape of every format, one process after another, and writes a table.</summary>
internal static class KaggleReport
{
    private static readonly string[] Formats = ["ttm", "tt", "cp", "tucker"];

    /// <summary>Measures everything; prints it and writes it to a file.</summary>
    /// <param name="path">The file.</param>
    internal static void Write(string path)
    {
        StringBuilder text = new();
        text.AppendLine("# Published Criteo Kaggle shapes");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Command: `dotnet run -c Release --project bench -- kaggle`. Code: {ScaleReport.Version()}. {ScaleReport.Machine()}; all processors.");
        text.AppendLine("Presets kaggle-ttm, kaggle-tt, kaggle-cp, kaggle-tucker: the architecture of Hawkins, Liu, Zhang (arXiv 2010.08689), 26 tables of 128 columns with the");
        text.AppendLine("cardinalities of Criteo Kaggle, the five largest as low-rank tensors of the published starting ranks, the other 21 dense. svi with a half-Cauchy");
        text.AppendLine("prior, Adam for factors, Adagrad for the rest. Batch 2048, one id a sample and table, generated; training steps as the trainer takes them, data excluded.");
        text.AppendLine("Each format in a process of its own; steps with Zipf 1.05 and uniform ids in turn; 12 each after 3: median (least).");
        text.AppendLine(CultureInfo.InvariantCulture, $"Other work ran beside it (load average at the start {Load()}): compare the least times.");
        text.AppendLine();
        text.AppendLine("| format | numbers of the five tensors | whole model, bytes | smaller than dense | working bytes | peak memory of the process, GB | step, Zipf: ms | step, uniform: ms | of it optimisers: ms | predicted by plan: ms | loss, first → last step |");
        text.AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (string format in Formats)
        {
            KaggleResult result = Run(format);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {result.Format} | {result.TensorNumbers:N0} | {result.StoredBytes:N0} | {(double)result.DenseBytes / result.StoredBytes:F1}× | {result.WorkingBytes:N0} | {result.PeakBytes / 1e9:F2} | {result.Zipf:F0} ({result.ZipfLeast:F0}) | {result.Uniform:F0} ({result.UniformLeast:F0}) | {result.Sweep:F0} | {result.Predicted:F0} | {result.FirstLoss:F3} → {result.LastLoss:F3} |");
        }

        text.AppendLine();
        text.AppendLine("The prediction takes every id for a row of its own, which uniform ids come near to, and leaves out shared prefixes: too much for Tucker, where a batch shares the");
        text.AppendLine("contraction of the core with its first modes.");
        text.AppendLine("The dense model would store 17.3 GB before its optimiser's state and is not run.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, text.ToString());
        Console.Write(text.ToString());
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static KaggleResult Run(string format)
    {
        using Process child = Process.Start(new ProcessStartInfo("dotnet", [typeof(KaggleReport).Assembly.Location, "kaggle-format", format]) { RedirectStandardOutput = true })!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? JsonSerializer.Deserialize<KaggleResult>(output)! : throw new InvalidOperationException($"The run of {format} ended with {child.ExitCode}.");
    }
}
