using Dlrm.Embeddings;

namespace Dlrm.CommandLine.Bench;

/// <summary>The rows of the bench about a whole training step.</summary>
internal static class KaggleContests
{
    private const string Step = "Whole DLRM step, Criteo Kaggle cardinalities, batch 2048, 2 threads";
    private const string Towers = "Our tensorised towers against our dense ones, whole step, 2 threads";
    private const string Inference = "svi against map, whole step, 2 threads";
    // The largest rank that `dlrm train` found in any layer of these towers from start rank 32 on the real rows of the Criteo Kaggle sample
    // (automatic β, one epoch; layers: 12, 31, 31, 15 and 31, 31).
    private const int TowerRank = 31;
    private const string OursSvi = "ours, svi";
    private const string OursSgd = "ours, SGD";
    private const string TorchDense = "PyTorch, dense";
    private const string TorchTtm = "PyTorch, TTM";

    /// <summary>Makes the rows.</summary>
    /// <param name="files">Where inputs are handed over.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The rows.</returns>
    internal static IEnumerable<Contest> All(BenchFiles files, TimeProvider time)
    {
        KaggleModel kaggle = new(files, time);
        yield return Make(
            "dlrm-five",
            Step,
            "five large tables as TTM, rank 16",
            [
                Own(OursSvi, KaggleModel.FiveLarge, InferenceKind.Svi),
                Own(OursSgd, KaggleModel.FiveLarge, InferenceKind.FixedRanks),
                new SidePlan(TorchTtm, peers => kaggle.Of(peers.TorchProcess, KaggleModel.FiveLarge, 2, isChecked: true)),
                new SidePlan(TorchDense, peers => kaggle.Of(peers.TorchProcess, long.MaxValue, 2, isChecked: false)),
            ],
            [new Demand(OursSvi, TorchDense, 1.6), new Demand(OursSgd, TorchDense, 1.6), new Demand(OursSvi, TorchTtm, 1.6), new Demand(OursSgd, TorchTtm, 1.6)]);
        yield return Make(
            "dlrm-all",
            Step,
            "every table above 1,000 rows as TTM, rank 16",
            [
                Own(OursSvi, 1000, InferenceKind.Svi),
                Own(OursSgd, 1000, InferenceKind.FixedRanks),
                new SidePlan(TorchTtm, peers => kaggle.Of(peers.TorchProcess, 1000, 2, isChecked: true)),
            ],
            [new Demand(OursSvi, TorchTtm, 3), new Demand(OursSgd, TorchTtm, 3)]);
        yield return Make(
            "dlrm-towers",
            Towers,
            $"towers in format auto, rank {TowerRank} (found on the real rows), five large tables as TTM, svi",
            [Own("tensorised towers", KaggleModel.FiveLarge, InferenceKind.Svi, TowerRank), Own("dense towers", KaggleModel.FiveLarge, InferenceKind.Svi)],
            [new Demand("tensorised towers", "dense towers", 1)]);
        yield return Make(
            "dlrm-inference",
            Inference,
            "five large tables as TTM",
            [Own("svi", KaggleModel.FiveLarge, InferenceKind.Svi), Own("map", KaggleModel.FiveLarge, InferenceKind.Map)],
            [new Demand("svi", "map", 1 / 1.15)]);
        yield return Make(
            "threads-dlrm",
            TtmContests.Threads,
            "whole DLRM step, five large tables as TTM, svi",
            [Own("2 threads", KaggleModel.FiveLarge, InferenceKind.Svi), Own("1 thread", KaggleModel.FiveLarge, InferenceKind.Svi, threads: 1)],
            [new Demand("2 threads", "1 thread", 1.7)]);

        SidePlan Own(string name, long compressAbove, InferenceKind inference, int towerRank = 0, int threads = 2) =>
            new(name, _ => kaggle.Own(KaggleModel.Options(compressAbove, inference, towerRank), threads, isChecked: towerRank == 0));
    }

    private static Contest Make(string key, string group, string about, SidePlan[] sides, Demand[] demands) =>
        new() { Key = key, Group = group, Case = about, Sides = sides, Demands = demands, Seconds = 0.7, WarmUp = 0.7, Weight = 5 * sides.Length };
}
