namespace Dlrm.Embeddings.Tests.Bayesian;

public sealed class RankScheduleTests
{
    [Theory]
    [InlineData(100, 200, 15)]
    [InlineData(0, 200, 7)]
    [InlineData(100, 0, 15)]
    public void HasEvent_GaugesOrPruning_IsAtEachGaugeMoveElseAtEachPruning(int gaugeEvery, int pruneEvery, int events)
    {
        RankSchedule schedule = new(new RankPriorOptions { GaugeEvery = gaugeEvery, PruneEvery = pruneEvery, KlWeight = 1 }, steps: 1500, samples: 1, entries: 1);

        Assert.Equal(events, Enumerable.Range(1, 1500).Count(step => schedule.HasEvent(step)));
        Assert.Equal(gaugeEvery > 0 ? events : 0, Enumerable.Range(1, 1500).Count(step => schedule.MovesGauge(step)));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public void Prunes_SettledLoss_IsAtPruneEveryBetweenWarmupAndTheEnd(int gaugeEvery)
    {
        RankSchedule schedule = new(new RankPriorOptions { GaugeEvery = gaugeEvery, PruneEvery = 200, KlWeight = 1 }, steps: 2000, samples: 1, entries: 1);

        int[] steps = [.. Enumerable.Range(1, 2000).Where(step => schedule.HasEvent(step) && schedule.Prunes(step, smoothedLoss: 1))];

        Assert.Equal([800, 1000, 1200, 1400, 1600], steps);
    }

    [Fact]
    public void Prunes_FallingLoss_Waits()
    {
        RankSchedule schedule = new(new RankPriorOptions { GaugeEvery = 0, PruneEvery = 100, KlWeight = 1 }, steps: 1000, samples: 1, entries: 1) { LossAtLastEvent = 1 };

        Assert.False(schedule.Prunes(500, 0.98));
        Assert.True(schedule.Prunes(600, 0.975));
    }

    [Theory]
    [InlineData(100, 150, 1e-3, 1)]
    [InlineData(0, 150, 1e-3, 0)]
    [InlineData(100, 0, 1e-3, 0)]
    [InlineData(0, 150, 1.0, 1)]
    public void Problems_PruneEveryAndThreshold_MustFit(int gaugeEvery, int pruneEvery, double threshold, int problems) =>
        Assert.Equal(problems, new RankPriorOptions { GaugeEvery = gaugeEvery, PruneEvery = pruneEvery, PruneThreshold = threshold }.Problems("rankPrior").Count());
}
