using System.CommandLine;
using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Experiments;
using Dlrm.CommandLine.Hosting;
using Dlrm.Data;
using Dlrm.Data.Images;

namespace Dlrm.CommandLine.Commands;

/// <summary>Runs variants of a model over seeds and writes one table.</summary>
internal sealed class ExperimentCommand : CliCommand
{
    private readonly Argument<string> _plan = new("plan") { Description = $"One of {string.Join(", ", EmbeddedFiles.Names("experiments").Append(RecoveryPlan.Name).Append(AdtnPlan.Collected).Concat(AdtnPlan.Names))}; or a JSON file like those in tools/dlrm/Experiments." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "Where dataset and runs are kept (runs/experiments/NAME); runs that are there are not run again.", HelpName = "folder" };
    private readonly Option<string> _results = new("--results") { Description = "Where NAME.md and NAME.svg are written.", HelpName = "folder", DefaultValueFactory = _ => Path.Combine("docs", "results") };
    private readonly Option<string> _sharedData = new("--shared-data") { Description = "The folder of real data; else DLRM_SHARED_DATA, else ../shared/data.", HelpName = "folder" };
    private readonly Option<string[]> _set = new("--set") { Description = "Change the plan: --set seeds=[1] or --set options.training.epochs=1.", HelpName = "key=value" };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Initializes a new instance of the <see cref="ExperimentCommand"/> class.</summary>
    internal ExperimentCommand()
        : base("experiment", "Run an experiment: variants of one model over seeds, with controls; writes one table of mean ± standard deviation.")
    {
        Examples =
        [
            ("./dlrm experiment criteo-sample", "real Criteo rows: dense, compressed, and four controls"),
            ("./dlrm experiment teacher", "generated clicks: the ranks found against the true ones"),
            ("./dlrm experiment formats", "every format, fixed ranks and Bayesian, on three datasets"),
            ("./dlrm experiment mnist", "a fully connected classifier of digits"),
            ("./dlrm experiment adtn", "a classifier's weights from hundreds of numbers: ADTN and controls"),
            ("./dlrm experiment recovery", "planted tensors of every format: are their ranks found?"),
            ("./dlrm experiment movielens --set seeds=[1]", "one seed only"),
        ];
        Arguments.Add(_plan);
        foreach (Option option in (Option[])[_output, _results, _sharedData, _set, _threads, _json])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string given = result.GetValue(_plan)!;
        string[] changes = result.GetValue(_set) ?? [];
        if (given == RecoveryPlan.Name)
        {
            return RunRecovery(result, changes, context, stop);
        }

        if (given == AdtnPlan.Collected || AdtnPlan.Names.Contains(given))
        {
            return RunAdtn(given, result, changes, context, stop);
        }

        ExperimentPlan plan = ReadWhole(given, changes);
        string name = Path.GetFileNameWithoutExtension(given);
        string folder = result.GetValue(_output) ?? Path.Combine("runs", "experiments", name);
        string results = result.GetValue(_results)!;
        string command = "./dlrm experiment " + string.Join(" ", (string[])[given, .. changes.Select(change => $"--set {change}")]);
        bool isDone = plan.Plans.Count > 0 ? RunPlans() : plan.Images.Length > 0 ? RunImages() : plan.Datasets.Count > 0 ? RunDatasets() : RunOne();
        context.Terminal.Note(isDone ? $"Written: {Path.Combine(results, name)}.md and .svg; runs in {folder}" : $"Stopped; the same command goes on: ./dlrm experiment {given}");
        return ExitCode.Done;

        bool RunDatasets()
        {
            if (ExperimentRunner.RunDatasets(context, plan, folder, result.GetValue(_threads), stop) is not IReadOnlyList<TeacherOutcome> outcomes)
            {
                return false;
            }

            TeacherReport report = new(plan, outcomes);
            Show(report.ToJson, report.Print);
            report.Save(results, name, command);
            return true;
        }

        bool RunImages()
        {
            ImageFolder images = ImageFolder.Read(Path.Combine(SharedData(result), plan.Images));
            if (new ClassifierRunner(context, plan, folder, result.GetValue(_threads)).Run(images, stop) is not IReadOnlyList<ClassifierSummary> summaries)
            {
                return false;
            }

            AccuracyReport report = new(plan, summaries);
            Show(report.ToJson, report.Print);
            report.Save(results, name, command);
            return true;
        }

        bool RunOne()
        {
            if (ReportOf(plan, folder) is not ExperimentReport report)
            {
                return false;
            }

            Show(report.ToJson, report.Print);
            report.Save(results, name, command);
            return true;
        }

        bool RunPlans()
        {
            (string Name, ExperimentPlan Plan)[] members = [.. plan.Plans.Select(member => (Path.GetFileNameWithoutExtension(member), ExperimentRunner.ReadPlan(member, changes)))];
            string? other = members.FirstOrDefault(member => member.Plan.Plans.Count + member.Plan.Datasets.Count + member.Plan.Images.Length > 0).Name;
            if (other is not null)
            {
                throw new UsageException($"The experiment {given} names {other}, which has plans, datasets or images; only plans with one dataset for DLRMs share a page.");
            }

            List<(string, ExperimentReport)> parts = [];
            foreach ((string member, ExperimentPlan part) in members)
            {
                context.Terminal.Note($"{member}:");
                if (ReportOf(part, Path.Combine(folder, member)) is not ExperimentReport report)
                {
                    return false;
                }

                parts.Add((member, report));
            }

            CollectedReport collected = new(plan, parts);
            Show(collected.ToJson, collected.Print);
            collected.Save(results, name, command);
            return true;
        }

        ExperimentReport? ReportOf(ExperimentPlan part, string where)
        {
            ExperimentRunner runner = new(context, part, where, result.GetValue(_threads));
            DatasetFolder dataset = runner.PrepareData(SharedData(result), stop);
            return runner.Run(dataset, stop) is IReadOnlyList<VariantSummary> summaries ? new ExperimentReport(part, summaries) : null;
        }

        void Show(Func<string> toJson, Action<Terminal> print)
        {
            if (result.GetValue(_json))
            {
                context.Terminal.Output.WriteLine(toJson());
            }
            else
            {
                print(context.Terminal);
            }
        }
    }

    /// <summary>Reads a plan; changes to one that names others are for each of those.</summary>
    private static ExperimentPlan ReadWhole(string name, string[] changes) =>
        ExperimentRunner.ReadPlan(name, []) is { Plans.Count: > 0 } plans ? plans : ExperimentRunner.ReadPlan(name, changes);

    private int RunRecovery(ParseResult result, string[] changes, CommandContext context, CancellationToken stop)
    {
        OptionsBinder<RecoveryPlan> binder = new(new RecoveryPlan());
        foreach (string change in changes)
        {
            binder.AddSetting(change);
        }

        RecoveryPlan plan = binder.Bind();
        plan.Validate();
        string folder = result.GetValue(_output) ?? Path.Combine("runs", "experiments", RecoveryPlan.Name);
        if (new RecoveryRunner(context, plan, folder, result.GetValue(_threads)).Run(stop) is not IReadOnlyList<RecoveryTrial> trials)
        {
            context.Terminal.Note($"Stopped; the same command goes on: ./dlrm experiment {RecoveryPlan.Name}");
            return ExitCode.Done;
        }

        RecoveryReport report = new(plan, trials);
        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(report.ToJson());
        }
        else
        {
            report.Print(context.Terminal);
        }

        string results = result.GetValue(_results)!;
        report.Save(results, string.Join(" ", (string[])["./dlrm experiment", RecoveryPlan.Name, .. changes.Select(change => $"--set {change}")]));
        context.Terminal.Note($"Written: {Path.Combine(results, RecoveryPlan.Name)}.md; fits in {folder}");
        return ExitCode.Done;
    }

    private int RunAdtn(string given, ParseResult result, string[] changes, CommandContext context, CancellationToken stop)
    {
        bool isCollected = given == AdtnPlan.Collected;
        List<(AdtnPlan Plan, AdtnReport Report)> parts = [];
        List<string> skipped = [];
        string folder = result.GetValue(_output) ?? Path.Combine("runs", "experiments", AdtnPlan.Collected);
        foreach (AdtnPlan plan in (isCollected ? AdtnPlan.Names : [given]).Select(name => Changed(AdtnPlan.Of(name))).ToArray())
        {
            string images = Path.Combine(SharedData(result), plan.Images);
            if (isCollected && !Directory.Exists(images))
            {
                skipped.Add($"{plan.Title}; there is no folder '{plan.Images}' in the folder of shared data.");
                context.Terminal.Note($"{plan.Name} is skipped: there is no folder '{images}'.");
                continue;
            }

            ImageFolder read = ImageFolder.Read(images);
            read = plan.ValidationImages > 0 ? read.Split(plan.ValidationImages) : read;
            if (new AdtnRunner(context, plan, read, ClassifierRunner.Identity(read), Path.Combine(folder, plan.Name), result.GetValue(_threads)).Run(stop) is not IReadOnlyList<IReadOnlyList<AdtnRunResult>> runs)
            {
                context.Terminal.Note($"Stopped; the same command goes on: ./dlrm experiment {given}");
                return ExitCode.Done;
            }

            parts.Add((plan, new AdtnReport(plan, runs)));
        }

        if (parts.Count == 0)
        {
            throw new UsageException($"adtn has no images: '{SharedData(result)}' has neither mnist nor cifar10-subset; name the folder of real data with --shared-data.");
        }

        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(JsonSerializer.Serialize(isCollected ? new { Plans = parts.Select(static part => part.Report.Numbers()) } : parts[0].Report.Numbers(), OptionsJson.Line));
        }
        else
        {
            foreach ((AdtnPlan plan, AdtnReport report) in parts)
            {
                context.Terminal.Note($"{plan.Title}:");
                report.Print(context.Terminal);
            }
        }

        string where = result.GetValue(_results)!;
        new AdtnPage(parts, skipped).Save(where, given, string.Join(" ", (string[])["./dlrm experiment", given, .. changes.Select(static change => $"--set {change}")]));
        context.Terminal.Note($"Written: {Path.Combine(where, given)}.md and .svg; results in {folder}");
        return ExitCode.Done;

        AdtnPlan Changed(AdtnPlan plan)
        {
            OptionsBinder<AdtnPlan> binder = new(plan);
            foreach (string change in changes)
            {
                binder.AddSetting(change);
            }

            AdtnPlan bound = binder.Bind();
            bound.Validate();
            return bound;
        }
    }

    private string SharedData(ParseResult result) =>
        result.GetValue(_sharedData) ?? Environment.GetEnvironmentVariable("DLRM_SHARED_DATA") ?? Path.Combine("..", "shared", "data");
}
