namespace Dlrm.Distributed.Tests;

/// <summary>Tests of <see cref="ThreadCommunicator"/>.</summary>
public sealed class ThreadCommunicatorTests
{
    /// <summary>Sums over workers go by rank, so that their bits are known.</summary>
    /// <param name="workers">The number of workers.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void AllReduceSum_AnyWorkers_IsTheSumByRank(int workers)
    {
        float[][] sums = new float[workers][];
        double[][] precise = new double[workers][];
        Run(workers, communicator =>
        {
            for (int round = 0; round < 20; round++)
            {
                sums[communicator.Rank] = [.. Enumerable.Range(0, 50).Select(i => 1f / (1 + i + communicator.Rank))];
                communicator.AllReduceSum(sums[communicator.Rank]);
                precise[communicator.Rank] = [communicator.Rank + 0.1];
                communicator.AllReduceSum(precise[communicator.Rank]);
            }
        });

        float[] expected = [.. Enumerable.Range(0, 50).Select(i => Enumerable.Range(1, workers - 1).Aggregate(1f / (1 + i), (sum, rank) => sum + (1f / (1 + i + rank))))];
        Assert.All(sums, sum => Assert.Equal(expected, sum));
        Assert.All(precise, sum => Assert.Equal(Enumerable.Range(1, workers - 1).Aggregate(0.1, (sum, rank) => sum + (rank + 0.1)), sum[0]));
    }

    /// <summary>Sums that were started together end as the sums by rank, in whatever order they are waited for.</summary>
    /// <param name="workers">The number of workers.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void StartAllReduceSum_SeveralUnderWay_GiveTheSumsByRank(int workers)
    {
        float[][][] sums = new float[workers][][];
        Run(workers, communicator =>
        {
            float[][] values = [.. Enumerable.Range(0, 4).Select(b => Enumerable.Range(0, 30 + b).Select(i => 1f / (1 + i + b + communicator.Rank)).ToArray())];
            IPendingOperation[] pending = [.. values.Select(value => communicator.StartAllReduceSum(value))];
            foreach (IPendingOperation operation in communicator.Rank % 2 == 0 ? pending : pending.Reverse())
            {
                operation.Wait();
                Assert.True(operation.Test());
            }

            sums[communicator.Rank] = values;
        });

        for (int b = 0; b < 4; b++)
        {
            float[] expected = [.. Enumerable.Range(0, 30 + b).Select(i => Enumerable.Range(1, workers - 1).Aggregate(1f / (1 + i + b), (sum, rank) => sum + (1f / (1 + i + b + rank))))];
            Assert.All(sums, sum => Assert.Equal(expected, sum[b]));
        }
    }

    /// <summary>Bytes of different lengths, also none, stand in the order of ranks on every worker.</summary>
    [Fact]
    public void AllGather_DifferentLengths_StandByRank()
    {
        byte[][] all = [new byte[3], new byte[3], new byte[3]];

        Run(3, communicator => communicator.AllGather(communicator.Rank switch { 0 => [7], 1 => [], _ => [8, 9] }, all[communicator.Rank], [1, 0, 2]));

        Assert.All(all, bytes => Assert.Equal([7, 8, 9], bytes));
    }

    /// <summary>Sums that every worker adds itself have the order of ranks.</summary>
    [Fact]
    public void OrderedCommunicator_Sums_AreByRank()
    {
        float[][] sums = [[1e8f, 1], [-1e8f, 2], [0.5f, 3]];
        double[][] precise = [[0.1], [0.2], [0.3]];

        Run(3, inner =>
        {
            OrderedCommunicator ordered = new(inner);
            ordered.StartAllReduceSum(sums[inner.Rank]).Wait();
            ordered.AllReduceSum(precise[inner.Rank]);
        });

        Assert.All(sums, sum => Assert.Equal([0.5f, 6], sum));
        Assert.All(precise, sum => Assert.Equal(0.1 + 0.2 + 0.3, sum[0]));
    }

    /// <summary>Every worker gets the parts that the others have for it, of whatever length.</summary>
    /// <param name="workers">The number of workers.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void AllToAll_UnevenAndEmptyParts_ArriveInOrderOfWorkers(int workers)
    {
        IReadOnlyList<string>[] mistakes = new IReadOnlyList<string>[workers];

        Run(workers, communicator => mistakes[communicator.Rank] = Exchanges.Mistakes(communicator));

        Assert.All(mistakes, Assert.Empty);
    }

    /// <summary>A worker that expects more than the other sends is told so, and nobody hangs.</summary>
    [Fact]
    public void AllToAll_CountsThatDisagree_FailWithBothNumbers()
    {
        AggregateException failure = Assert.Throws<AggregateException>(() => Run(
            2, communicator => communicator.AllToAll(new float[2], [1, 1], new float[2 + communicator.Rank], [1 + communicator.Rank, 1])));

        Assert.Contains("worker 1 has 2 values, but worker 0 has 1", failure.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Everybody has the root's bytes.</summary>
    [Fact]
    public void Broadcast_FromTheSecond_ReachesAll()
    {
        byte[][] values = [[1, 2], [3, 4], [5, 6]];

        Run(3, communicator => communicator.Broadcast(values[communicator.Rank], root: 1));

        Assert.All(values, value => Assert.Equal([3, 4], value));
    }

    /// <summary>Workers that do different things are told so, and nobody hangs.</summary>
    [Fact]
    public void AllReduceSum_OtherLengths_FailsOnEveryWorker()
    {
        AggregateException failure = Assert.Throws<AggregateException>(() => Run(2, communicator => communicator.AllReduceSum(new float[3 + communicator.Rank])));

        Assert.All(failure.Flatten().InnerExceptions, inner => Assert.IsType<CommunicationException>(inner));
        Assert.Contains("must call the same operations in the same order", failure.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Waiting for a worker that left ends with an error.</summary>
    [Fact]
    public void Barrier_OneLeft_FailsOnTheOthers()
    {
        AggregateException failure = Assert.Throws<AggregateException>(() => Run(2, communicator =>
        {
            if (communicator.Rank == 0)
            {
                communicator.Barrier();
            }
        }));

        Assert.Contains("one of the 2 workers has left", failure.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The environment of every launcher is read; without one there is none.</summary>
    [Fact]
    public void Find_Launchers_AreKnownByTheirVariables()
    {
        Dictionary<string, string> variables = [];
        Assert.Null(MpiLaunch.Find(name => variables.GetValueOrDefault(name)));

        variables = new() { ["PMI_SIZE"] = "4", ["PMI_RANK"] = "3" };
        MpiLaunch mpich = MpiLaunch.Find(name => variables.GetValueOrDefault(name))!;
        Assert.Equal(("MPICH", 4, 3), (mpich.Family, mpich.WorldSize, mpich.Rank));

        variables = new() { ["OMPI_COMM_WORLD_SIZE"] = "2", ["OMPI_COMM_WORLD_RANK"] = "1", ["DLRM_MPI"] = "/opt/libmpi.so" };
        MpiLaunch open = MpiLaunch.Find(name => variables.GetValueOrDefault(name))!;
        Assert.Equal(("Open MPI", 2, 1), (open.Family, open.WorldSize, open.Rank));
        Assert.Equal(["/opt/libmpi.so"], open.Libraries);

        variables["OMPI_COMM_WORLD_SIZE"] = "two";
        Assert.Contains("'two'", Assert.Throws<CommunicationException>(() => MpiLaunch.Find(name => variables.GetValueOrDefault(name))).Message, StringComparison.Ordinal);
    }

    private static void Run(int workers, Action<ThreadCommunicator> work)
    {
        IReadOnlyList<ThreadCommunicator> communicators = ThreadCommunicator.Create(workers);
        Task[] tasks = [.. communicators.Select(communicator => Task.Factory.StartNew(
            () =>
            {
                using (communicator)
                {
                    work(communicator);
                }
            },
            TaskCreationOptions.LongRunning))];
        Task.WaitAll(tasks);
    }
}
