using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Runs the fits of a plan, several side by side, one thread each; those in results.jsonl are not run again.</summary>
/// <param name="context">What the host gives.</param>
/// <param name="plan">The plan.</param>
/// <param name="folder">Where results.jsonl is kept.</param>
/// <param name="threads">The fits at a time; 0: one for each processor.</param>
internal sealed class RecoveryRunner(CommandContext context, RecoveryPlan plan, string folder, int threads)
{
    /// <summary>The starts of a fit that is told the ranks, of which the best counts: now and then one sticks.</summary>
    private const int ToldStarts = 3;

    private readonly string _key = FormattableString.Invariant($"steps {plan.Steps}, pruneEvery {plan.PruneEvery}, seen {plan.Seen}");

    /// <summary>Runs everything that is not done.</summary>
    /// <param name="stop">Asks to stop; fits that are on are lost.</param>
    /// <returns>The trials of the plan, or null when it was stopped.</returns>
    internal IReadOnlyList<RecoveryTrial>? Run(CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "results.jsonl");
        Dictionary<(RecoveryCase, string), RecoveryTrial> done = [];
        foreach (string line in File.Exists(file) ? File.ReadLines(file) : [])
        {
            if (JsonSerializer.Deserialize<RecoveryTrial>(line, OptionsJson.Line) is RecoveryTrial trial && trial.Plan == _key)
            {
                done[trial.Key] = trial;
            }
        }

        (RecoveryCase Case, RecoveryMethod Method)[] all = [.. Fits()];
        (RecoveryCase Case, RecoveryMethod Method)[] open = [.. all.Where(fit => !done.ContainsKey((fit.Case, fit.Method.Name)))];
        context.Terminal.Note($"{all.Length} fits, {all.Length - open.Length} done before.");
        ProgressLine progress = new(context.Terminal, context.Time, "fit");
        Lock gate = new();
        int finished = 0;
        try
        {
            Parallel.ForEach(open, new ParallelOptions { MaxDegreeOfParallelism = Machine.Threads(threads), CancellationToken = stop }, fit =>
            {
                RecoveryTrial trial = Fit(fit.Case, fit.Method);
                lock (gate)
                {
                    File.AppendAllText(file, JsonSerializer.Serialize(trial, OptionsJson.Line) + "\n");
                    done[trial.Key] = trial;
                    finished++;
                    progress.Report($"{finished} of {open.Length}", (double)finished / open.Length);
                }
            });
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        return [.. all.Select(fit => done[(fit.Case, fit.Method.Name)])];
    }

    private IEnumerable<(RecoveryCase Case, RecoveryMethod Method)> Fits() =>
        from format in plan.Formats
        from order in plan.Orders
        from noise in plan.Noises
        from seed in Enumerable.Range(0, plan.Seeds)
        from method in seed < plan.ControlSeeds ? [RecoveryMethod.Told, .. RecoveryMethod.All] : (RecoveryMethod[])[RecoveryMethod.Told, RecoveryMethod.All[0]]
        select (new RecoveryCase(format, order, noise, seed), method);

    private RecoveryTrial Fit(RecoveryCase problem, RecoveryMethod method)
    {
        using CpuDevice device = new(1);
        LowRankFormat truth = problem.Truth();
        LowRankFormat start = method.Rule is null ? truth : problem.Start();
        PlantedTensor planted = new(device, truth, problem.Noise, plan.Seen, (ulong)problem.Seed);
        TensorFitOptions options = new() { Seed = (ulong)problem.Seed, Steps = plan.Steps };
        options = options with
        {
            RankPrior = options.RankPrior with
            {
                GaugeEvery = method.MovesGauge ? plan.PruneEvery : 0,
                PruneEvery = method.Rule is null ? 0 : plan.PruneEvery,
                PruneRule = method.Rule ?? PruneRule.Evidence,
            },
        };
        RecoveredRanks found = Enumerable.Range(0, method.Rule is null ? ToldStarts : 1)
            .Select(again => RankRecovery.Fit(device, planted, start, options with { Seed = options.Seed + (1000 * (ulong)again) }))
            .MinBy(found => found.UnseenError)!;
        return new RecoveryTrial(
            _key, problem.Format, problem.Order, problem.Noise, problem.Seed, method.Name, truth.Ranks, start.Ranks, found.Found, found.StoredElements, truth.Parameters, found.UnseenError);
    }
}
