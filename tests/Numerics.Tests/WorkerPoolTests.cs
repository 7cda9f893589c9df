using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_AnyPieces_RunsEachOnce(int threads)
    {
        using WorkerPool pool = new(threads);
        foreach (int pieces in (int[])[0, 1, 2, 3, 100, 1000])
        {
            int[] runs = new int[pieces];
            pool.Run(pieces, new CountJob { Runs = runs, FailsAt = -1 });
            Assert.All(runs, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_ManyTimes_LosesNoPiece()
    {
        using WorkerPool pool = new(3);
        int[] runs = new int[7];
        for (int i = 0; i < 2000; i++)
        {
            pool.Run(runs.Length, new CountJob { Runs = runs, FailsAt = -1 });
        }

        Assert.All(runs, count => Assert.Equal(2000, count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_AFailingPiece_ThrowsAndThePoolGoesOn(int threads)
    {
        using WorkerPool pool = new(threads);
        AggregateException exception = Assert.Throws<AggregateException>(() => pool.Run(10, new CountJob { Runs = new int[10], FailsAt = 6 }));
        Assert.IsType<InvalidOperationException>(exception.InnerException);
        int[] runs = new int[10];
        pool.Run(10, new CountJob { Runs = runs, FailsAt = -1 });
        Assert.All(runs, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Constructor_NoThreads_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(0));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_InsideOfAPiece_IsRefused(int threads)
    {
        using WorkerPool pool = new(threads);
        AggregateException exception = Assert.Throws<AggregateException>(() => pool.Run(2, new NestedJob { Pool = pool }));
        Assert.Contains("one caller at a time", exception.InnerException!.Message, StringComparison.Ordinal);
        int[] runs = new int[3];
        pool.Run(3, new CountJob { Runs = runs, FailsAt = -1 });
        Assert.All(runs, count => Assert.Equal(1, count));
    }

    private struct NestedJob : IPieceJob
    {
        internal WorkerPool Pool;

        public readonly void Run(int piece) => Pool.Run(1, new CountJob { Runs = new int[1], FailsAt = -1 });
    }

    private struct CountJob : IPieceJob
    {
        internal int[] Runs;
        internal int FailsAt;

        public readonly void Run(int piece)
        {
            if (piece == FailsAt)
            {
                throw new InvalidOperationException("asked for");
            }

            Interlocked.Increment(ref Runs[piece]);
        }
    }
}
