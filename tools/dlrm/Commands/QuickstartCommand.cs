using System.CommandLine;
using Dlrm.CommandLine.Experiments;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Data.Synthetic;
using Dlrm.Reporting;
using Spectre.Console;

namespace Dlrm.CommandLine.Commands;

/// <summary>The whole thing on generated data: dense and compressed, side by side, against a known truth.</summary>
internal sealed class QuickstartCommand : CliCommand
{
    private readonly Option<string> _output = new("--output", "-o") { Description = "Where dataset, runs and report are kept.", HelpName = "folder", DefaultValueFactory = _ => Path.Combine("runs", "quickstart") };
    private readonly Option<string[]> _set = new("--set") { Description = "Change the plan: --set data.rows=20000.", HelpName = "key=value" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Run again what has been run." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Initializes a new instance of the <see cref="QuickstartCommand"/> class.</summary>
    internal QuickstartCommand()
        : base("quickstart", "Generate 400,000 rows with a known truth, train a dense and a compressed model, and compare them. A minute on two processors.")
    {
        Examples =
        [
            ("./dlrm quickstart", "the first thing to try"),
            ("./dlrm quickstart --set data.rows=20000 --output runs/small", "smaller"),
        ];
        foreach (Option option in (Option[])[_output, _set, _overwrite, _threads, _json])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string folder = result.GetValue(_output)!;
        ExperimentPlan plan = ExperimentRunner.ReadPlan("quickstart", result.GetValue(_set) ?? []);
        ExperimentRunner runner = new(context, plan, folder, result.GetValue(_threads));
        if (result.GetValue(_overwrite))
        {
            foreach (ExperimentVariant variant in plan.Variants)
            {
                File.Delete(runner.FolderOf(variant, plan.Seeds[0]).Options);
                File.Delete(runner.FolderOf(variant, plan.Seeds[0]).Result);
            }
        }

        DatasetFolder dataset = runner.PrepareData(string.Empty, stop);
        TeacherDescription teacher = TeacherFile.ReadDescription(dataset.FullPath);
        context.Terminal.Note($"{Format.Count(dataset.Schema.Rows(DatasetSplit.Train))} training rows; no model can reach more than test AUC {Format.Metric(teacher.Test.Auc)} on them.");
        if (runner.Run(dataset, stop) is not IReadOnlyList<VariantSummary> summaries)
        {
            context.Terminal.Note("Stopped; the same command goes on.");
            return ExitCode.Done;
        }

        ExperimentReport report = new(plan, summaries);
        string page = WriteReport(runner, plan, summaries, report, teacher, folder);
        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(report.ToJson());
            return ExitCode.Done;
        }

        Print(context.Terminal, summaries, report, teacher, page);
        return ExitCode.Done;
    }

    private static Dictionary<string, IReadOnlyList<int>> TrueRanks(TeacherDescription teacher) =>
        teacher.Tables.Where(table => table.IsTtm).ToDictionary(table => "tables." + table.Name, table => (IReadOnlyList<int>)[.. table.Ranks.Skip(1).SkipLast(1)]);

    private static string WriteReport(
        ExperimentRunner runner, ExperimentPlan plan, IReadOnlyList<VariantSummary> summaries, ExperimentReport report, TeacherDescription teacher, string folder)
    {
        ExperimentVariant own = plan.Variants[^1];
        RunResult last = summaries[^1].Runs[0];
        string page = HtmlReport.Save(runner.FolderOf(own, plan.Seeds[0]).Path, new RunSummary
        {
            Title = plan.Title,
            Name = own.Label,
            Facts = [new("dataset", Path.GetFileName(folder)), new("machine", last.Machine), new("rows per second", Format.Count((long)last.SamplesPerSecond))],
            Results = report.Rows(),
            Reliability = last.Reliability,
            Energies = last.Energies,
            BestAuc = teacher.Test.Auc,
            TrueRanks = TrueRanks(teacher),
            Peers = [.. plan.Variants.SkipLast(1).Select(variant => new KeyValuePair<string, string>(variant.Label, runner.FolderOf(variant, plan.Seeds[0]).Metrics))],
        });
        string copy = Path.Combine(folder, Path.GetFileName(page));
        File.Copy(page, copy, overwrite: true);
        return copy;
    }

    private static void Print(Terminal terminal, IReadOnlyList<VariantSummary> summaries, ExperimentReport report, TeacherDescription teacher, string page)
    {
        report.Print(terminal);
        Dictionary<string, IReadOnlyList<int>> truth = TrueRanks(teacher);
        Table table = SharedOptions.NewTable("table", "TT ranks found", "true TT ranks", "stored", "teacher's own", "dense");
        foreach (Dlrm.Training.TableReport found in summaries[^1].Runs[0].Tables.Where(found => found.Ranks is not null))
        {
            long teacherBytes = teacher.Tables.Where(own => "tables." + own.Name == found.Name).Sum(own => own.Bytes);
            table.AddRow(
                Markup.Escape(found.Name), Markup.Escape(Format.Ranks(found.Ranks)), Markup.Escape(Format.Ranks(truth.GetValueOrDefault(found.Name))),
                Format.Bytes(found.StoredBytes), Format.Bytes(teacherBytes), Format.Bytes(found.DenseBytes));
        }

        terminal.Results.Write(table);
        terminal.Output.WriteLine($"Best possible test AUC {Format.Metric(teacher.Test.Auc)}, log loss {Format.Metric(teacher.Test.LogLoss)}. Report: {page}");
    }
}
