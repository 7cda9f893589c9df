using System.Diagnostics;
using System.Globalization;
using System.Text;
using Dlrm.Bench.Scale;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Tables;

/// <summary>Times the TT-SVD of tables that others trained, and of a large one, against numpy's, in turn.</summary>
internal static class TtSvdReport
{
    private const int Rounds = 5;
    private const int Repeats = 5;
    private const int WarmUps = 20;
    private static readonly int[] Ranks = [4, 16, 64];

    /// <summary>Measures everything; prints it and writes it to a file.</summary>
    /// <param name="data">The folder of real data.</param>
    /// <param name="path">The file.</param>
    internal static void Write(string data, string path)
    {
        StringBuilder text = new();
        text.AppendLine("# TT-SVD against numpy");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Command: `dotnet run -c Release --project bench -- tt-svd DATA`. Code: {ScaleReport.Version()}. {ScaleReport.Machine()}; all processors on both sides.");
        text.AppendLine(CultureInfo.InvariantCulture, $"Ours: `StreamingTtSvd`, then `TtmRounding` to the rank. Theirs: `bench/peers/numpy_tt_svd.py`, an SVD of each unfolding by numpy {NumpyVersion()}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"Both read the table from memory; {Rounds} rounds in turn, {Repeats} repeats in each (the large table: one): medians. Three row modes and three column modes.");
        text.AppendLine();
        text.AppendLine("| table | shape | rank | ours: ms | numpy: ms | numpy / ours | our error | numpy's error |");
        text.AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        using CpuDevice device = new(Environment.ProcessorCount);
        foreach (RealTable table in (RealTable[])[.. RealTable.ReadAll(data), Planted()])
        {
            foreach (int rank in Ranks)
            {
                string line = Measure(device, table, rank);
                text.AppendLine(line);
                Console.WriteLine(line);
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, text.ToString());
    }

    /// <summary>A million rows without structure: time does not depend on it.</summary>
    private static RealTable Planted()
    {
        const int Rows = 1_000_000;
        const int Columns = 16;
        Random random = new(1);
        float[] values = new float[Rows * Columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return new RealTable("uniform noise", Rows, Columns, values);
    }

    private static string Measure(CpuDevice device, RealTable table, int rank)
    {
        int[] rowModes = TtmModes.Rows(table.Rows, 3);
        int[] columnModes = TtmModes.Columns(table.Columns, 3);
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, System.Runtime.InteropServices.MemoryMarshal.AsBytes(table.Values.AsSpan()).ToArray());
            List<double> ours = [];
            List<double> theirs = [];
            (double ourError, double theirError) = (0, 0);
            for (int warmUp = 0; warmUp < (table.Values.Length < 1 << 22 ? WarmUps : 1); warmUp++)
            {
                Decompose(device, table, rowModes, columnModes, rank);
            }

            int repeats = table.Values.Length < 1 << 22 ? Repeats : 1;
            for (int round = 0; round < Rounds; round++)
            {
                for (int repeat = 0; repeat < repeats; repeat++)
                {
                    long start = Stopwatch.GetTimestamp();
                    ourError = Decompose(device, table, rowModes, columnModes, rank);
                    ours.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }

                double[] lines = RunNumpy(file, table.Rows.ToString(CultureInfo.InvariantCulture), table.Columns.ToString(CultureInfo.InvariantCulture), rank.ToString(CultureInfo.InvariantCulture), string.Join(',', rowModes), string.Join(',', columnModes), repeats.ToString(CultureInfo.InvariantCulture));
                theirs.AddRange(lines[..^1].Select(seconds => 1000 * seconds));
                theirError = lines[^1];
            }

            (double our, double their) = (Median(ours), Median(theirs));
            return string.Create(
                CultureInfo.InvariantCulture, $"| {table.Name} | {table.Rows:N0} × {table.Columns} | {rank} | {our:F1} | {their:F1} | {their / our:F1}× | {ourError:F4} | {theirError:F4} |");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static double Decompose(CpuDevice device, RealTable table, int[] rowModes, int[] columnModes, int rank)
    {
        (TtmTensor tensor, double norm) = StreamingTtSvd.Decompose(device, table.Source, rowModes, columnModes, new TtSvdOptions { MaxRank = rank });
        double kept = Math.Pow(TtmRounding.Norm(tensor), 2);
        double discarded = TtmRounding.Truncate(tensor, [.. Enumerable.Repeat(rank, tensor.Order - 1)]);
        return Math.Sqrt(Math.Max(0, (norm * norm) - kept + (discarded * discarded))) / norm;
    }

    private static double[] RunNumpy(params string[] arguments)
    {
        using Process python = Process.Start(new ProcessStartInfo(Python(), [Path.Combine("bench", "peers", "numpy_tt_svd.py"), .. arguments]) { RedirectStandardOutput = true })!;
        string output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        return python.ExitCode == 0
            ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException("numpy is missing: apt-get install python3-numpy; and run this in the root of the repository.");
    }

    private static string NumpyVersion()
    {
        using Process python = Process.Start(new ProcessStartInfo(Python(), ["-c", "import numpy; print(numpy.__version__)"]) { RedirectStandardOutput = true })!;
        string output = python.StandardOutput.ReadToEnd().Trim();
        python.WaitForExit();
        return output;
    }

    private static string Python() => File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
