using System.Globalization;
using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Hosting;
using Dlrm.Planning;
using Spectre.Console;

namespace Dlrm.CommandLine.Scaling;

/// <summary>Prints what a plan for many workers came to.</summary>
internal static class ScalingTables
{
    /// <summary>Prints one table for each design.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="result">The plan.</param>
    internal static void Print(Terminal terminal, ScalingResult result)
    {
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"workers       each with {Format.Count(result.LocalBatch)} samples a step on {result.Threads} {(result.Threads == 1 ? "thread" : "threads")}; {Format.Count((long)result.DistinctIds)} distinct ids in them ({result.Ids}); step {result.Steps}"));
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"network       {NetworkTexts.Time(result.Network.LatencySeconds)} a message, {result.Network.BytesPerSecond / 1e9:0.00} GB/s, {(result.MeasuredWorkers > 0 ? $"measured between {result.MeasuredWorkers} workers" : "given")}; {Format.Share(result.Overlap)} of a sum's time free for computing; copies {result.CopyBytesPerSecond / 1e9:0.0} GB/s"));
        foreach (ScalingDesign design in result.Designs)
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{design.Name}: {1000 * design.StepSeconds:0.0} ms a step on one worker"));
            Table table = SharedOptions.NewTable("workers", "samples/s", "efficiency", "nothing hidden", "ms a step", "sums", "gather", "all-to-all", "agreement", "packing", "bytes from each", "memory of each");
            foreach (ScalingPoint point in design.Points)
            {
                table.AddRow(
                    Format.Count(point.Workers), Format.Count((long)point.SamplesPerSecond), Format.Share(point.Efficiency), Format.Share(point.Efficiency * point.StepSeconds / point.UnhiddenStepSeconds),
                    Milliseconds(point.StepSeconds), Milliseconds(point.SumSeconds), Milliseconds(point.GatherSeconds), Milliseconds(point.AllToAllSeconds), Milliseconds(point.AgreementSeconds),
                    Milliseconds(point.PackingSeconds), Format.Bytes((long)point.BytesPerStep), Format.Bytes(point.Memory.Bytes));
            }

            terminal.Results.Write(table);
        }

        terminal.Output.WriteLine("A prediction: workers as fast as each other, a network that nobody else uses, data that never make a worker wait unless the measured step had that; docs/results/scaling-workers.md compares it with runs.");
    }

    private static string Milliseconds(double seconds) => (1000 * seconds).ToString("0.00", CultureInfo.InvariantCulture);
}
