namespace Dlrm.TestSupport;

/// <summary>Measures what an operation allocates.</summary>
public static class Allocations
{
    private const int Tries = 20;

    /// <summary>Runs an operation several times and gives the least bytes that one run allocated on this thread.</summary>
    /// <remarks>The least, because the run time itself allocates now and then on behalf of a thread (type loading, a compiled method put in place).</remarks>
    /// <param name="operation">The operation; warm.</param>
    /// <returns>Bytes.</returns>
    public static long Least(Action operation)
    {
        long least = long.MaxValue;
        for (int i = 0; i < Tries && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            operation();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
