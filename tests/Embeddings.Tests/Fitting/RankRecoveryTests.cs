using System.Collections.Concurrent;
using System.Globalization;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Xunit.Abstractions;

namespace Dlrm.Embeddings.Tests.Fitting;

/// <summary>Planted TT-matrix tables: the ranks found are the true ones, and nothing is lost against a fit that is told them.</summary>
[Trait("Speed", "Slow")]
public sealed class RankRecoveryTests(ITestOutputHelper output)
{
    /// <summary>Cases of the grid: row modes 12·12·12, column modes 2·2·4, unit entries.</summary>
    private static readonly Case[] Quiet =
    [
        new([3, 3], Start: 8, Noise: 0.01, Seen: 0.5), new([4, 4], 12, 0.01, 0.3), new([2, 6], 12, 0.05, 0.4), new([3, 3], 8, 0.1, 0.5), new([2, 4], 8, 0.1, 0.3),
        new([4, 2], 8, 0.1, 0.3), new([6, 6], 16, 0.1, 0.5), new([2, 5], 16, 0.3, 0.4), new([6, 3], 12, 0.5, 0.5), new([2, 2], 8, 0.5, 0.4),
    ];

    private static readonly Case[] Loud =
    [
        new([2, 2], 8, 1.0, 0.5), new([3, 3], 8, 1.0, 0.5), new([2, 4], 8, 1.0, 0.6), new([3, 2], 12, 1.0, 0.5), new([4, 4], 8, 1.0, 0.7),
    ];

    [Fact]
    public void Fit_NoiseUpToHalf_FindsTheRanksInNineteenOfTwenty() => Check(Quiet, seeds: 2, atLeast: 19, within: 1.05);

    [Fact]
    public void Fit_NoiseOfTheSignal_FindsTheRanksInFifteenOfTwenty() => Check(Loud, seeds: 4, atLeast: 15, within: 1.15);

    private static (TensorFitResult Result, double Error) Run(PlantedTable planted, IReadOnlyList<int> start, bool prunes, ulong seed)
    {
        using CpuDevice device = new(1);
        TensorFitOptions options = new() { Seed = seed };
        options = options with { RankPrior = options.RankPrior with { PruneEvery = prunes ? 100 : 0 } };
        TtmShape shape = planted.Shape.WithRanks([1, .. start, 1]);
        BayesianTensor tensor = new(device, "planted", new TtmFormat(shape), options.Optimizer, options.RankPrior, new RandomStream(seed, 5), entryDeviation: 1);
        using TensorEmbeddingBag bag = new(device, tensor, PoolingType.Sum);
        TensorFitResult result = TensorFitter.Fit(device, bag, planted.SeenRows, planted.Observed, options);
        return (result, planted.UnseenError(tensor));
    }

    private void Check(Case[] cases, int seeds, int atLeast, double within)
    {
        (int CaseIndex, int Seed)[] runs = [.. from c in Enumerable.Range(0, cases.Length) from s in Enumerable.Range(0, seeds) select (c, s)];
        ConcurrentBag<(string Line, bool IsExact, double Ratio)> results = [];
        Parallel.ForEach(runs, new ParallelOptions { MaxDegreeOfParallelism = 2 }, run =>
        {
            Case planned = cases[run.CaseIndex];
            ulong seed = (ulong)((1000 * run.CaseIndex) + run.Seed);
            PlantedTable planted = new([12, 12, 12], [2, 2, 4], planned.Ranks, planned.Noise, planned.Seen, seed);
            (TensorFitResult found, double error) = Run(planted, [planned.Start, planned.Start], prunes: true, seed);
            (_, double told) = Run(planted, planned.Ranks, prunes: false, seed);
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"true [{string.Join(", ", planned.Ranks)}] from {planned.Start}, noise {planned.Noise}, seen {planned.Seen:P0}, seed {seed}: found [{string.Join(", ", found.Ranks)}], unseen error {error:G3}, told the ranks {told:G3}");
            results.Add((line, found.Ranks.SequenceEqual(planned.Ranks), error / told));
        });
        foreach ((string line, _, _) in results.OrderBy(result => result.Line, StringComparer.Ordinal))
        {
            output.WriteLine(line);
        }

        int exact = results.Count(result => result.IsExact);
        output.WriteLine($"{exact} of {runs.Length} exact, mean error ratio {results.Average(result => result.Ratio):F4}, largest {results.Max(result => result.Ratio):F4}");
        Assert.True(exact >= atLeast, $"{exact} of {runs.Length} runs found the true ranks; {atLeast} are needed.\n{string.Join('\n', results.Where(result => !result.IsExact).Select(result => result.Line))}");
        Assert.All(results, result => Assert.True(result.Ratio <= within, $"{result.Line}: ratio {result.Ratio:F3} is above {within}."));
    }

    private sealed record Case(int[] Ranks, int Start, double Noise, double Seen);
}
