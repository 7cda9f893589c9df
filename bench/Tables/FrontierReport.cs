using System.Globalization;
using System.Text;
using Dlrm.Bench.Scale;
using Dlrm.Compression;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Reporting;

namespace Dlrm.Bench.Tables;

/// <summary>Compresses tables that others trained by every method to the same bytes, and compares the errors.</summary>
internal static class FrontierReport
{
    private static readonly double[] Bits = [16, 9, 7, 5, 4, 3, 2, 1, 0.5];

    /// <summary>Measures everything; prints it and writes it with a picture for each table.</summary>
    /// <param name="data">The folder of real data.</param>
    /// <param name="path">The file.</param>
    internal static void Write(string data, string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        StringBuilder text = new();
        text.AppendLine("# Tables that others trained, compressed by every method");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Command: `dotnet run -c Release --project bench -- tables DATA`. Code: {ScaleReport.Version()}. {ScaleReport.Machine()}.");
        text.AppendLine("Relative errors ‖W − Ŵ‖ / ‖W‖ of what is stored, everything counted, at a number of bits for each number of the table; nothing is trained. \"Quantised\": the best of");
        text.AppendLine("float32, float16, int8 and int4 for these bytes. Bold: the least error at these bytes; –: the smallest form has more bytes.");
        (int better, int alone, int all) = (0, 0, 0);
        using CpuDevice device = new(Environment.ProcessorCount);
        int number = 0;
        foreach (RealTable table in RealTable.ReadAll(data))
        {
            double?[][] errors = [.. FrontierSet.Sets.Select(set => Bits.Select(bits => Error(device, table, set, bits)).ToArray())];
            string picture = $"tables-{++number}.svg";
            Chart(table, errors).Save(Path.Combine(folder, picture));
            Table(text, table, errors, picture);
            for (int b = 0; b < Bits.Length; b++)
            {
                all++;
                double baseline = Least(errors, b, set => !set.IsOurs);
                better += Least(errors, b, set => set.IsOurs) <= baseline ? 1 : 0;
                alone += Least(errors, b, set => set.IsOurs && set.Methods.Count > 0) <= baseline ? 1 : 0;
            }
        }

        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"At {better} of {all} budgets the best of ours (`auto` among them, which may keep rows) is at or below the best baseline; without `auto`, low-rank forms alone, at {alone}.");
        text.AppendLine("Elsewhere rows in float16, int8 or int4 are nearer: where there are bits for every number, nothing is gained by leaving directions out.");
        File.WriteAllText(path, text.ToString());
        Console.WriteLine(text.ToString());
    }

    private static double? Error(CpuDevice device, RealTable table, FrontierSet set, double bits)
    {
        using DlrmModel towers = new(
            device,
            new DlrmOptions { Model = new ModelOptions { EmbeddingDim = table.Columns, BottomMlp = [table.Columns], TopMlp = [1], Tables = new TableOptions { Kind = TableKind.Dense } } },
            new ModelInputs(1, ["table"], [table.Rows]));
        SourceModel source = SourceModel.Of(towers) with { Tables = [new SourceTable("table", table.Source)] };
        long dense = sizeof(float) * (long)table.Values.Length;
        CompressionOptions options = new()
        {
            Bytes = ModelCompressor.DenseBytes(source) - dense + (long)(bits / 8 * table.Values.Length),
            Methods = set.Methods,
            Storage = set.Storage,
            TowerStorage = StorageType.Float32,
            MaxRank = 256,
        };
        try
        {
            using CompressedModel compressed = ModelCompressor.Run(device, source, options);
            return compressed.Tables[0].RelativeError;
        }
        catch (OptionsException)
        {
            // The smallest form of these methods has more bytes.
            return null;
        }
    }

    private static double Least(double?[][] errors, int budget, Func<FrontierSet, bool> counts) =>
        FrontierSet.Sets.Select((set, s) => counts(set) ? errors[s][budget] : null).Min() ?? double.PositiveInfinity;

    private static void Table(StringBuilder text, RealTable table, double?[][] errors, string picture)
    {
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"## {table.Name}: {table.Rows:N0} × {table.Columns}");
        text.AppendLine();
        text.AppendLine($"| bits a number | {string.Join(" | ", Bits.Select(bits => bits.ToString(CultureInfo.InvariantCulture)))} |");
        text.AppendLine($"|---|{string.Concat(Bits.Select(_ => "---:|"))}");
        for (int s = 0; s < FrontierSet.Sets.Count; s++)
        {
            IEnumerable<string> cells = Bits.Select((_, b) => errors[s][b] is double error
                ? error == errors.Min(row => row[b]) ? $"**{Text(error)}**" : Text(error)
                : "–");
            text.AppendLine($"| {FrontierSet.Sets[s].Name}{(FrontierSet.Sets[s].IsOurs ? string.Empty : " (baseline)")} | {string.Join(" | ", cells)} |");
        }

        text.AppendLine();
        text.AppendLine($"![Errors of {table.Name}]({picture})");
        text.AppendLine();
    }

    private static string Text(double error) => error.ToString(error < 0.01 ? "0.0E+0" : "F4", CultureInfo.InvariantCulture);

    private static SvgChart Chart(RealTable table, double?[][] errors) => new()
    {
        Title = $"{table.Name}: {table.Rows:N0} × {table.Columns}",
        X = new ChartAxis("bits for each number of the table", IsLogarithmic: true),
        Y = new ChartAxis("relative error", IsLogarithmic: true),
        Width = 720,
        Height = 420,
        Series = [.. FrontierSet.Sets.Select((set, s) => new ChartSeries(
            set.Name,
            [.. Bits.Select((bits, b) => (bits, Error: errors[s][b])).Where(point => point.Error is not null).OrderBy(point => point.bits).Select(point => new ChartPoint(point.bits, point.Error!.Value))],
            ChartMark.LineAndDots,
            s,
            IsDashed: !set.IsOurs))],
    };
}
