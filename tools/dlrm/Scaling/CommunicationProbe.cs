using Dlrm.CommandLine.Bench;
using Dlrm.Distributed;
using Dlrm.Planning;

namespace Dlrm.CommandLine.Scaling;

/// <summary>Measures latency and bandwidth between the workers of a job, from sums as training makes them.</summary>
/// <remarks>
/// <code>
/// α = t(8 bytes) / ⌈log2 W⌉          β = 2·(W − 1)/W·n / (t(n) − 2·⌈log2 W⌉·α), n the bytes of a bucket
/// </code>
/// <para>The formulas of <see cref="NetworkRates"/>, solved for its numbers; medians. β has the additions of the sums in it, and a worker that comes late.</para>
/// </remarks>
internal static class CommunicationProbe
{
    private const int ShortRuns = 400;
    private const int LongRuns = 40;
    private const int WarmUp = 5;

    /// <summary>Measures; every worker calls it.</summary>
    /// <param name="communicator">The workers, two or more.</param>
    /// <param name="bucketBytes">The bytes of a bucket of gradients.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The numbers of worker 0, on every worker.</returns>
    internal static NetworkRates Measure(ICommunicator communicator, int bucketBytes, TimeProvider time)
    {
        double workers = communicator.WorldSize;
        double rounds = Math.Ceiling(Math.Log2(workers));
        double[] one = new double[1];
        double latency = Median(ShortRuns, () => communicator.AllReduceSum(one)) / rounds;
        float[] bucket = GC.AllocateArray<float>(bucketBytes / sizeof(float), pinned: true);
        double seconds = Median(LongRuns, () => communicator.StartAllReduceSum(bucket).Wait());

        // On a very fast link the difference can come out as nothing: half of the time is then taken for bytes.
        double moved = Math.Max(seconds - (2 * rounds * latency), seconds / 2);
        double[] rates = [latency, 2 * (workers - 1) / workers * bucketBytes / moved];
        communicator.Broadcast(System.Runtime.InteropServices.MemoryMarshal.AsBytes(rates.AsSpan()), root: 0);
        return new NetworkRates(rates[0], rates[1]);

        double Median(int runs, Action run)
        {
            List<double> times = [];
            communicator.Barrier();
            for (int i = -WarmUp; i < runs; i++)
            {
                long start = time.GetTimestamp();
                run();
                if (i >= 0)
                {
                    times.Add(time.GetElapsedTime(start).TotalSeconds);
                }
            }

            return Statistics.Median(times);
        }
    }
}
