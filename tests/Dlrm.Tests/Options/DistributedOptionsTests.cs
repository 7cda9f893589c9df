namespace Dlrm.Tests.Options;

public sealed class DistributedOptionsTests
{
    [Fact]
    public void Defaults_AreThoseOfTheDocument()
    {
        DistributedOptions options = new();
        Assert.Equal((1048576, false, 1000, TimeSpan.FromMinutes(5)), (options.BucketBytes, options.Reproducible, options.ConsistencyEvery, options.StallTimeout));
        Assert.Equal((65535, false), (options.MostReplicatedRows, options.ShardedReading));
        Assert.Empty(options.Problems("distributed"));
    }

    [Fact]
    public void Problems_EveryFieldWrong_AreListedOnce()
    {
        DistributedOptions options = new() { BucketBytes = 1000, ConsistencyEvery = -1, StallTimeout = TimeSpan.Zero, MostReplicatedRows = -1 };
        Assert.Equal(
            [
                "distributed.bucketBytes is 1000; it must be in [1024, 268435456].",
                "distributed.consistencyEvery is -1; it must be 0 or above.",
                "distributed.stallTimeout is 00:00:00; it must be between 00:00:01 and 1.00:00:00.",
                "distributed.mostReplicatedRows is -1; it must be 0 or above.",
            ],
            options.Problems("distributed"));
    }
}
