using System.Globalization;
using System.Reflection;
using System.Text;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Scale;

/// <summary>Measures how a table's memory and times grow with its rows, and what pruning saves, and writes both down.</summary>
internal static class ScaleReport
{
    private const int Rounds = 40;
    private const int WarmUp = 10;
    private static readonly long[] Sizes = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

    /// <summary>Measures everything; prints it and writes it to a file.</summary>
    /// <param name="path">The file.</param>
    internal static void Write(string path)
    {
        StringBuilder text = new();
        text.AppendLine("# Scale");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Command: `dotnet run -c Release --project bench -- scale`. Code: {Version()}. One thread on {Machine()}.");
        text.AppendLine("Tables of 64 columns, order 3, svi, Adam. Batch 8192, one id a sample. Sizes are measured in turn, round by round;");
        text.AppendLine(CultureInfo.InvariantCulture, $"{Rounds} rounds after {WarmUp}: median (least).");
        text.AppendLine();
        AddSizes(text);
        PlantedRun.Add(text);
        PruningRun.Add(text);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, text.ToString());
        Console.Write(text.ToString());
    }

    /// <summary>Formats bytes as MB of 10⁶.</summary>
    /// <param name="bytes">Bytes.</param>
    /// <returns>The text.</returns>
    internal static string Megabytes(long bytes) => (bytes / 1e6).ToString("F2", CultureInfo.InvariantCulture);

    private static void AddSizes(StringBuilder text)
    {
        using CpuDevice device = new(1);
        List<ScaleTable> tables = [.. Sizes.Select(rows => new ScaleTable(device, rows, bondRank: 16))];
        for (int round = 0; round < WarmUp; round++)
        {
            tables.ForEach(table => table.Round());
        }

        tables.ForEach(table => table.ForgetTimes());
        for (int round = 0; round < Rounds; round++)
        {
            tables.ForEach(table => table.Round());
        }

        ScaleTable reference = tables[1];
        text.AppendLine("## Rows");
        text.AppendLine();
        text.AppendLine("TT ranks 16. Memory: cores, posterior, gradient, draw and both optimisers' moments. The sweep is what does not depend on the batch: a draw of");
        text.AppendLine("all factors and the step of posterior, rank parameters and moments. The last columns compare a lookup with that of the 10⁵-row table.");
        text.AppendLine();
        text.AppendLine("| rows | shape | MB | forward, uniform: ns/lookup | ns/unique row | forward, Zipf 1.05: ns/lookup | ns/unique row | forward + backward: ns/lookup | sweep: ms | uniform × | Zipf × |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (ScaleTable table in tables)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {table.Rows:E0} | {table.Tensor.Format} | {Megabytes((table.Tensor.StoredElements * sizeof(float)) + table.Tensor.WorkingBytes)} | {Nanoseconds(table.Uniform, ScaleTable.BatchSize)} | {Nanoseconds(table.Uniform, table.UniformUnique)} | {Nanoseconds(table.Zipfian, ScaleTable.BatchSize)} | {Nanoseconds(table.Zipfian, table.ZipfUnique)} | {Nanoseconds(table.ForwardBackward, ScaleTable.BatchSize)} | {table.Sweep.Median / 1000:F2} ({table.Sweep.Least / 1000:F2}) | {table.Uniform.Median / reference.Uniform.Median:F2} ({table.Uniform.Least / reference.Uniform.Least:F2}) | {table.Zipfian.Median / reference.Zipfian.Median:F2} ({table.Zipfian.Least / reference.Zipfian.Least:F2}) |");
        }

        text.AppendLine();
        tables.ForEach(table => table.Dispose());
    }

    private static string Nanoseconds(Samples samples, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{1000 * samples.Median / count:F0} ({1000 * samples.Least / count:F0})");

    /// <summary>Gets the version of the code with its commit.</summary>
    /// <returns>The text.</returns>
    internal static string Version() =>
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Describes the machine.</summary>
    /// <returns>The text.</returns>
    internal static string Machine()
    {
        string model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "a processor"
            : "a processor";
        return string.Create(CultureInfo.InvariantCulture, $"{model}, {Environment.ProcessorCount} shared processors, .NET {Environment.Version}");
    }
}
