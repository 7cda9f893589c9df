using System.Collections.Concurrent;
using System.Globalization;
using Dlrm.Numerics.Cpu;
using Xunit.Abstractions;

namespace Dlrm.Embeddings.Tests.Fitting;

/// <summary>Planted tensors of every format: the ranks found are the true ones, and nothing is lost against a fit that is told them.</summary>
[Trait("Speed", "Slow")]
public sealed class RankRecoveryTests(ITestOutputHelper output)
{
    /// <summary>TT-matrices with row modes 12·12·12 and column modes 2·2·4.</summary>
    private static readonly Case[] Quiet =
    [
        Ttm([3, 3], start: 8, noise: 0.01, seen: 0.5), Ttm([4, 4], 12, 0.01, 0.3), Ttm([2, 6], 12, 0.05, 0.4), Ttm([3, 3], 8, 0.1, 0.5), Ttm([2, 4], 8, 0.1, 0.3),
        Ttm([4, 2], 8, 0.1, 0.3), Ttm([6, 6], 16, 0.1, 0.5), Ttm([2, 5], 16, 0.3, 0.4), Ttm([6, 3], 12, 0.5, 0.5), Ttm([2, 2], 8, 0.5, 0.4),
    ];

    private static readonly Case[] Loud =
    [
        Ttm([2, 2], 8, 1.0, 0.5), Ttm([3, 3], 8, 1.0, 0.5), Ttm([2, 4], 8, 1.0, 0.6), Ttm([3, 2], 12, 1.0, 0.5), Ttm([4, 4], 8, 1.0, 0.7),
    ];

    /// <summary>The other formats, order 3 and 4, quiet and as loud as the signal.</summary>
    private static readonly Case[] Formats =
    [
        Flat(TensorFormat.Tt, [40, 40], [2, 5], start: 10, noise: 0.3), Flat(TensorFormat.Tt, [12, 12, 12], [3, 4, 2], 9, 1.0),
        Flat(TensorFormat.Cp, [40, 40], [4], 12, 0.3), Flat(TensorFormat.Cp, [12, 12, 12], [3], 9, 1.0), Flat(TensorFormat.Cp, [40, 40], [5], 15, 1.0),
        Flat(TensorFormat.Tucker, [40, 40], [3, 4, 3], 8, 0.3), Flat(TensorFormat.Tucker, [12, 12, 12], [2, 3, 2, 4], 8, 1.0),
        Flat(TensorFormat.Ring, [40, 40], [3, 2, 3], 6, 0.3), Flat(TensorFormat.Ring, [12, 12, 12], [2, 3, 2, 2], 6, 0.3),
    ];

    [Fact]
    public void Fit_EveryOtherFormat_FindsTheRanksInEightOfNine() => Check(Formats, seeds: 1, atLeast: 8, within: 1.05);

    [Fact]
    public void Fit_NoiseUpToHalf_FindsTheRanksInNineteenOfTwenty() => Check(Quiet, seeds: 2, atLeast: 19, within: 1.05);

    [Fact]
    public void Fit_NoiseOfTheSignal_FindsTheRanksInFifteenOfTwenty() => Check(Loud, seeds: 4, atLeast: 15, within: 1.05);

    private static Case Ttm(int[] ranks, int start, double noise, double seen) => new(TensorFormat.Ttm, [12, 12, 12], [2, 2, 4], ranks, start, noise, seen);

    private static Case Flat(TensorFormat format, int[] rowModes, int[] ranks, int start, double noise) => new(format, rowModes, [16], ranks, start, noise, Seen: 0.5);

    private static (RecoveredRanks Found, RecoveredRanks Told) Run(Case planned, ulong seed)
    {
        using CpuDevice device = new(1);
        LowRankOptions modes = new() { Format = planned.Format, RowModes = planned.RowModes, ColumnModes = planned.ColumnModes };
        int rows = planned.RowModes.Aggregate((product, mode) => product * mode);
        int columns = planned.ColumnModes.Aggregate((product, mode) => product * mode);
        LowRankFormat truth = LowRankFormats.Create(modes with { StartRanks = planned.Ranks }, rows, columns);
        LowRankFormat start = LowRankFormats.Create(modes with { StartRank = planned.Start }, rows, columns);
        PlantedTensor planted = new(device, truth, planned.Noise, planned.Seen, seed);
        TensorFitOptions options = new() { Seed = seed };
        return (RankRecovery.Fit(device, planted, start, options with { RankPrior = options.RankPrior with { PruneEvery = 100 } }),
            RankRecovery.Fit(device, planted, truth, options with { RankPrior = options.RankPrior with { PruneEvery = 0 } }));
    }

    private void Check(Case[] cases, int seeds, int atLeast, double within)
    {
        (int CaseIndex, int Seed)[] runs = [.. from c in Enumerable.Range(0, cases.Length) from s in Enumerable.Range(0, seeds) select (c, s)];
        ConcurrentBag<(string Line, bool IsExact, double Ratio)> results = [];
        Parallel.ForEach(runs, new ParallelOptions { MaxDegreeOfParallelism = 2 }, run =>
        {
            Case planned = cases[run.CaseIndex];
            ulong seed = (ulong)((1000 * run.CaseIndex) + run.Seed);
            (RecoveredRanks found, RecoveredRanks told) = Run(planned, seed);
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"{planned.Format} true [{string.Join(", ", planned.Ranks)}] from {planned.Start}, noise {planned.Noise}, seen {planned.Seen:P0}, seed {seed}: found [{string.Join(", ", found.Found)}], unseen error {found.UnseenError:G3}, told the ranks {told.UnseenError:G3}");
            results.Add((line, found.Found.SequenceEqual(planned.Ranks), found.UnseenError / told.UnseenError));
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

    private sealed record Case(TensorFormat Format, int[] RowModes, int[] ColumnModes, int[] Ranks, int Start, double Noise, double Seen);
}
