namespace Dlrm.Distributed.Tests;

/// <summary>Exchanges of uneven and empty lengths whose results are known: the same for every kind of communicator.</summary>
internal static class Exchanges
{
    /// <summary>Runs them; every worker calls this.</summary>
    /// <param name="communicator">The workers.</param>
    /// <returns>What was wrong on this worker.</returns>
    internal static IReadOnlyList<string> Mistakes(ICommunicator communicator)
    {
        List<string> mistakes = [];

        // Worker s sends worker r (s + 2r) mod 4 numbers, times a size at which libraries take another algorithm; the last scale: only the last worker sends.
        foreach (int scale in (int[])[1, 1000, 60_000, 0])
        {
            Func<int, int, int> length = scale > 0 ? (from, to) => scale * ((from + (2 * to)) % 4) : (from, to) => from == communicator.WorldSize - 1 ? 5 : 0;
            CheckAllToAll(communicator, length, mistakes);
        }

        foreach (int scale in (int[])[1, 50_000])
        {
            CheckAllGather(communicator, rank => scale * ((rank + 1) % 3), mistakes);
        }

        return mistakes;
    }

    /// <summary>Number i of what a worker sends to another; no multiple of 2³², so that halves can't be mixed up.</summary>
    private static long Value(int from, int to, int i) => ((from + 1L) << 40) + ((to + 1L) << 20) + i;

    private static void CheckAllToAll(ICommunicator communicator, Func<int, int, int> length, List<string> mistakes)
    {
        int[] workers = [.. Enumerable.Range(0, communicator.WorldSize)];
        int[] sentCounts = [.. workers.Select(to => length(communicator.Rank, to))];
        int[] expectedCounts = [.. workers.Select(from => length(from, communicator.Rank))];
        int[] receivedCounts = new int[workers.Length];
        communicator.AllToAllCounts(sentCounts, receivedCounts);
        Compare("counts", expectedCounts, receivedCounts, mistakes);
        long[] sent = [.. workers.SelectMany(to => Enumerable.Range(0, sentCounts[to]).Select(i => Value(communicator.Rank, to, i)))];
        long[] expected = [.. workers.SelectMany(from => Enumerable.Range(0, expectedCounts[from]).Select(i => Value(from, communicator.Rank, i)))];
        long[] received = new long[expected.Length];
        communicator.AllToAll(sent, sentCounts, received, receivedCounts);
        Compare("ids", expected, received, mistakes);
        float[] rows = new float[expected.Length];
        communicator.AllToAll(Array.ConvertAll(sent, AsFloat), sentCounts, rows, receivedCounts);
        Compare("rows", Array.ConvertAll(expected, AsFloat), rows, mistakes);
    }

    private static void CheckAllGather(ICommunicator communicator, Func<int, int> length, List<string> mistakes)
    {
        int[] counts = [.. Enumerable.Range(0, communicator.WorldSize).Select(length)];
        float[] expected = [.. counts.SelectMany((count, from) => Enumerable.Range(0, count).Select(i => AsFloat(Value(from, 0, i))))];
        float[] own = [.. Enumerable.Range(0, counts[communicator.Rank]).Select(i => AsFloat(Value(communicator.Rank, 0, i)))];
        float[] all = new float[expected.Length];
        communicator.AllGather(own, all, counts);
        Compare("gathered numbers", expected, all, mistakes);
    }

    private static float AsFloat(long value) => ((value >> 40) * 1000) + ((value >> 20) & 1023) + ((value & 0xFFFFF) / 1048576f);

    private static void Compare<T>(string what, T[] expected, T[] actual, List<string> mistakes)
    {
        if (!expected.AsSpan().SequenceEqual(actual))
        {
            int place = Enumerable.Range(0, expected.Length).First(i => !Equals(expected[i], actual[i]));
            mistakes.Add($"{what}: number {place} of {expected.Length} is {actual[place]}, not {expected[place]}");
        }
    }
}
