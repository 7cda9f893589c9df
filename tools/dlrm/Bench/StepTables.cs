using System.Globalization;
using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Hosting;
using Spectre.Console;

namespace Dlrm.CommandLine.Bench;

/// <summary>Shows people what a training step is made of.</summary>
internal static class StepTables
{
    /// <summary>Prints one table of operators, and the machine beside it.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="result">The steps.</param>
    /// <param name="peaks">The machine.</param>
    internal static void Print(Terminal terminal, StepResult result, MachinePeaks peaks)
    {
        Table table = SharedOptions.NewTable("operator", "calls a step", "ms a step", "share", "GFLOP/s", "of sgemm", "GB/s", "of copy");
        foreach (StepOperator part in result.Operators)
        {
            table.AddRow(
                part.Name, Number(part.Calls, "0.#"), Number(part.Milliseconds, "0.000"), Format.Share(part.Share), Rate(part.GigaFlops), Of(part.GigaFlops, peaks.Sgemm),
                Rate(part.GigabytesPerSecond), Of(part.GigabytesPerSecond, peaks.Copy));
        }

        table.AddRow("waiting for data", string.Empty, Number(result.DataWaitShare * Step(result), "0.000"), Format.Share(result.DataWaitShare), "–", "–", "–", "–");
        table.AddRow("outside operators", string.Empty, Number(result.OutsideShare * Step(result), "0.000"), Format.Share(result.OutsideShare), "–", "–", "–", "–");
        terminal.Results.Write(table);
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"training      {result.SamplesPerSecond:N0} samples/s; {result.MedianMilliseconds:0.00} ms a step of {result.BatchSize} (median of {result.Steps}); batches {result.Data}"));
        terminal.Output.WriteLine($"model         {Format.Bytes(result.StoredBytes)}; the process held at most {Format.Bytes(result.PeakBytes)}");
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"this machine  {peaks.MultiplyAdd:0.0} GFLOP/s of fused multiply-adds a processor, {peaks.Sgemm:0.0} in our sgemm 1024³, {peaks.Copy:0.0} GB/s read and written by a copy ({result.Device})"));
        terminal.Output.WriteLine("GFLOP/s and GB/s: what the definition needs when every number is read and written once; caches make GB/s larger than a copy's.");
    }

    private static double Step(StepResult result) => 1000.0 * result.BatchSize / result.SamplesPerSecond;

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Rate(double value) => value > 0 ? Number(value, "0.0") : "–";

    private static string Of(double value, double peak) => value > 0 ? Number(100 * value / peak, "0") + " %" : "–";
}
