using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.CommandLine.Scaling;
using Dlrm.Data;
using Dlrm.Planning;
using Spectre.Console;

namespace Dlrm.CommandLine.Commands;

/// <summary>Shows what options come to before anything is trained: shapes, starting ranks, bytes, predicted time.</summary>
internal sealed class PlanCommand : CliCommand
{
    private readonly Option<string> _data = new("--data") { Description = "The dataset's folder.", HelpName = "folder" };
    private readonly Option<string> _cardinalities = new("--cardinalities") { Description = "The rows of each table, instead of a dataset: 1460,583,10131227. They are named C1, C2 …", HelpName = "n,n" };
    private readonly Option<int?> _dense = new("--dense") { Description = "The number of dense features, with --cardinalities.", HelpName = "n" };
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly RunOptionFlags _flags = new();
    private readonly ScalingFlags _scaling = new();

    /// <summary>Initializes a new instance of the <see cref="PlanCommand"/> class.</summary>
    internal PlanCommand()
        : base("plan", "Show shapes, starting ranks, bytes and the predicted time of a step, before training; with --workers, what many workers come to.")
    {
        Examples =
        [
            ("./dlrm plan --data data/criteo --tables auto --budget 100x", "formats and ranks chosen for a hundredth of the dense bytes"),
            ("./dlrm plan --cardinalities 1460,583,10131227 --dense 13 --tables tt", "without data"),
            ("./dlrm plan --preset kaggle --format tucker", "the published shape on the cardinalities of Criteo Kaggle"),
            ("./dlrm plan --preset kaggle --tables auto --budget 20MB --json", "for programs"),
            ("./dlrm plan --preset terabyte --workers 4096 --latency 2us --bandwidth 100Gb --output workers.svg", "speed and memory of 1, 2, 4 … 4096 workers, beside dense tables spread over them"),
            ("mpiexec -n 2 ./dlrm plan --preset kaggle-five --threads 1", "the same with latency and bandwidth measured between the workers that were started"),
        ];
        Options.Add(_data);
        Options.Add(_cardinalities);
        Options.Add(_dense);
        _flags.AddTo(this);
        _scaling.AddTo(this);
        Options.Add(_json);
    }

    /// <inheritdoc/>
    protected override bool SharesWork => true;

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        RunOptions options = _flags.Bind(result, folder: null);
        string? folder = result.GetValue(_data) ?? (options.Data.Folder.Length > 0 && result.GetValue(_cardinalities) is null ? options.Data.Folder : null);
        if (folder is not null && (result.GetValue(_cardinalities) is not null || result.GetValue(_dense) is not null))
        {
            throw new UsageException("The dataset says how many features there are; leave out --cardinalities and --dense, or --data.");
        }

        ScalingSettings? settings = _scaling.Read(result, context.Job.Workers);
        DatasetFolder? dataset = folder is null ? null : DatasetFolder.Open(folder);
        ModelInputs inputs = dataset is null ? PlannedInputs.Find(result.GetValue(_cardinalities), result.GetValue(_dense), _flags.Preset(result)) : DataSources.InputsOf(dataset.Schema);
        ModelPlan plan = dataset is null ? ModelPlanner.Plan(options.Dlrm, inputs) : DatasetPlan.Of(dataset, options, context.Time);
        int threads = Machine.Threads(options.Training.Threads, context.Job.LocalWorkers);
        StepCost cost = SpeedProbe.Measure(threads, options.Model.EmbeddingDim, context.Time);
        double milliseconds = 1000 * cost.Seconds(plan, options.Training.BatchSize);
        ScalingResult? scaling = settings is null ? null : new ScalingProbe(context, settings).Run(options with { Model = plan.Options }, inputs, dataset, cost, threads, stop);
        if (!context.Job.IsFirst)
        {
            return ExitCode.Done;
        }

        if (settings?.Output is string plot)
        {
            ScalingPlot.Make(scaling!).Save(plot);
            context.Terminal.Note($"Written: {plot}");
        }

        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(JsonSerializer.Serialize(
                new { plan.Bytes, plan.DenseBytes, plan.WorkingBytes, plan.Parameters, plan.MultiplyAdds, plan.BudgetBytes, plan.RankCap, options.Training.BatchSize, Threads = threads, PredictedMilliseconds = milliseconds, Rates = cost, Scaling = scaling, plan.Tensors, plan.Options },
                OptionsJson.Line));
            return ExitCode.Done;
        }

        Print(context.Terminal, plan);
        context.Terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"predicted     {milliseconds:0.0} ms a step of {options.Training.BatchSize} on {threads} threads, from rates measured just now ({cost.LayerRate / 1e9:0.0} and {cost.LookupRate / 1e9:0.0} G multiply-adds/s in layers and lookups, {cost.SweepRate / 1e6:0} M numbers/s swept); within a factor of 3, if nothing else runs"));
        if (scaling is not null)
        {
            ScalingTables.Print(context.Terminal, scaling);
        }

        return ExitCode.Done;
    }

    private static void Print(Terminal terminal, ModelPlan plan)
    {
        Table table = SharedOptions.NewTable("tensor", "rows × columns", "stored as", "row modes", "column modes", "ranks", "numbers", "bytes", "share", "dense", "multiply-adds");
        foreach (TensorPlan tensor in plan.Tensors)
        {
            table.AddRow(
                Markup.Escape(tensor.Name), $"{Format.Count(tensor.Rows)} × {tensor.Columns}", tensor.Kind + (tensor.ExactRows > 0 ? $" + {tensor.ExactRows} rows" : string.Empty),
                Join(tensor.RowModes, "·"), Join(tensor.ColumnModes, "·"), Join(tensor.Ranks, ","), Format.Count(tensor.Parameters), Format.Bytes(tensor.Bytes),
                Format.Share((double)tensor.Bytes / plan.Bytes), Format.Bytes(tensor.DenseBytes), Format.Count(tensor.MultiplyAdds));
        }

        terminal.Results.Write(table);
        foreach (IGrouping<string, TensorPlan> group in plan.Tensors.Where(tensor => tensor.Reason.Length > 0 && tensor.Reason != "as given").GroupBy(tensor => tensor.Reason))
        {
            terminal.Output.WriteLine($"{string.Join(", ", group.Select(tensor => tensor.Name["tables.".Length..]))}: {group.Key}");
        }

        if (plan.BudgetBytes is long budget)
        {
            terminal.Output.WriteLine($"budget        {Format.Count(budget)} bytes; rank cap {plan.RankCap}; {Format.Count(budget - plan.Bytes)} bytes left over");
        }

        terminal.Output.WriteLine($"whole model   {Format.Count(plan.Bytes)} bytes ({Format.Bytes(plan.Bytes)}), {Format.Ratio(plan.DenseBytes, plan.Bytes)} smaller than dense ({Format.Bytes(plan.DenseBytes)})");
        terminal.Output.WriteLine($"training      {Format.Bytes(plan.WorkingBytes)} more for gradients, moments and posterior; activations not counted");
        terminal.Output.WriteLine($"operations    {Format.Count(plan.MultiplyAdds)} multiply-adds a sample forward, {Format.Count(plan.InteractionMultiplyAdds)} of them in the interaction");
    }

    private static string Join(IReadOnlyList<int> sizes, string separator) => sizes.Count == 0 ? "–" : string.Join(separator, sizes);
}
