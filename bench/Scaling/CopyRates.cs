using System.Diagnostics;

namespace Dlrm.Bench.Scaling;

/// <summary>GB/s read and written by one thread that copies, by the bytes of source and destination together.</summary>
internal sealed class CopyRates
{
    /// <summary>The bytes whose rate stands for the second-level cache.</summary>
    internal const int SecondLevel = 1 << 19;

    /// <summary>The bytes whose rate stands for main memory.</summary>
    internal const int Memory = 1 << 29;

    private const int Tries = 15;
    private const int BytesOfTry = 1 << 26;
    private readonly SortedDictionary<int, double> _rates = [];

    /// <summary>Measures: for each size the best of several tries.</summary>
    internal CopyRates()
    {
        byte[] source = new byte[Memory / 2];
        byte[] destination = new byte[Memory / 2];

        // Pages that were never written share one page of zeros, which stays in the cache.
        Array.Fill(source, (byte)1);
        Array.Fill(destination, (byte)2);
        for (int power = 15; power <= 29; power += 2)
        {
            _rates[1 << power] = 0;
        }

        foreach (int bytes in _rates.Keys.ToArray())
        {
            _rates[bytes] = Enumerable.Range(0, Tries).Max(_ => Rate(source, destination, bytes / 2));
        }
    }

    /// <summary>Gets the rates, by bytes.</summary>
    internal IEnumerable<(int Bytes, double Rate)> All => _rates.Select(pair => (pair.Key, pair.Value));

    /// <summary>Gets the rate at which so many bytes can be touched again and again: that of the next larger copy.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>GB/s.</returns>
    internal double Of(double bytes) => _rates.FirstOrDefault(pair => pair.Key >= bytes, _rates.Last()).Value;

    private static double Rate(byte[] source, byte[] destination, int length)
    {
        int copies = Math.Max(1, BytesOfTry / length);
        long start = Stopwatch.GetTimestamp();
        for (int copy = 0; copy < copies; copy++)
        {
            Buffer.BlockCopy(source, 0, destination, 0, length);
        }

        return 2.0 * length * copies / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }
}
