using System.Runtime.Intrinsics;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.CommandLine.Bench;

/// <summary>What this machine can do, measured: rates that works are compared with.</summary>
/// <param name="MultiplyAdd">GFLOP/s of one processor in fused multiply-adds on registers.</param>
/// <param name="Sgemm">GFLOP/s of our matrix product, 1024 × 1024 × 1024, with all threads.</param>
/// <param name="Copy">GB/s read and written by one thread that copies 256 MB.</param>
internal sealed record MachinePeaks(double MultiplyAdd, double Sgemm, double Copy)
{
    private const int Tries = 5;

    /// <summary>Measures: the best of several tries.</summary>
    /// <param name="threads">The threads of the device.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The rates.</returns>
    internal static MachinePeaks Measure(int threads, TimeProvider time) => new(Arithmetic(time), Product(threads, time), CopyRate(time));

    private static double Arithmetic(TimeProvider time)
    {
        const int Steps = 4_000_000;
        const int Chains = 10;
        bool isWide = Vector512.IsHardwareAccelerated;
        float sum = 0;
        double seconds = Least(time, () => sum += isWide ? WideChains(Steps) : Chains256(Steps));

        // The sums are used, so the loops can't be left out.
        return float.IsNaN(sum) ? 0 : 2e-9 * Steps * Chains * (isWide ? Vector512<float>.Count : Vector256<float>.Count) / seconds;
    }

    /// <summary>Runs ten independent chains: two units of a latency of four cycles need eight.</summary>
    private static float WideChains(int steps)
    {
        Vector512<float> factor = Vector512.Create(0.999f);
        Vector512<float> term = Vector512.Create(0.001f);
        Vector512<float> a = term, b = term, c = term, d = term, e = term, f = term, g = term, h = term, i = term, j = term;
        for (int s = 0; s < steps; s++)
        {
            a = Vector512.FusedMultiplyAdd(a, factor, term);
            b = Vector512.FusedMultiplyAdd(b, factor, term);
            c = Vector512.FusedMultiplyAdd(c, factor, term);
            d = Vector512.FusedMultiplyAdd(d, factor, term);
            e = Vector512.FusedMultiplyAdd(e, factor, term);
            f = Vector512.FusedMultiplyAdd(f, factor, term);
            g = Vector512.FusedMultiplyAdd(g, factor, term);
            h = Vector512.FusedMultiplyAdd(h, factor, term);
            i = Vector512.FusedMultiplyAdd(i, factor, term);
            j = Vector512.FusedMultiplyAdd(j, factor, term);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    /// <summary>The same in 256 bits; the runtime halves them where vectors have 128.</summary>
    private static float Chains256(int steps)
    {
        Vector256<float> factor = Vector256.Create(0.999f);
        Vector256<float> term = Vector256.Create(0.001f);
        Vector256<float> a = term, b = term, c = term, d = term, e = term, f = term, g = term, h = term, i = term, j = term;
        for (int s = 0; s < steps; s++)
        {
            a = Vector256.FusedMultiplyAdd(a, factor, term);
            b = Vector256.FusedMultiplyAdd(b, factor, term);
            c = Vector256.FusedMultiplyAdd(c, factor, term);
            d = Vector256.FusedMultiplyAdd(d, factor, term);
            e = Vector256.FusedMultiplyAdd(e, factor, term);
            f = Vector256.FusedMultiplyAdd(f, factor, term);
            g = Vector256.FusedMultiplyAdd(g, factor, term);
            h = Vector256.FusedMultiplyAdd(h, factor, term);
            i = Vector256.FusedMultiplyAdd(i, factor, term);
            j = Vector256.FusedMultiplyAdd(j, factor, term);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    private static double Product(int threads, TimeProvider time)
    {
        const int Size = 1024;
        using CpuDevice device = new(threads);
        using DeviceBuffer<float> a = device.Allocate<float>(Size * Size);
        using DeviceBuffer<float> b = device.Allocate<float>(Size * Size);
        using DeviceBuffer<float> c = device.Allocate<float>(Size * Size);
        double seconds = Least(time, () => device.Gemm(new Matrix(a, Size, Size), false, new Matrix(b, Size, Size), false, new Matrix(c, Size, Size)));
        return 2e-9 * Size * Size * Size / seconds;
    }

    /// <summary>Measures a copy of 256 MB by one thread.</summary>
    /// <param name="time">The clock.</param>
    /// <returns>GB/s read and written.</returns>
    internal static double CopyRate(TimeProvider time)
    {
        byte[] source = new byte[1 << 28];
        byte[] destination = new byte[source.Length];

        // Pages that were never written to are all one page of zeros, in the cache.
        Array.Fill(source, (byte)1);
        double seconds = Least(time, () => source.CopyTo(destination, 0));
        return 2e-9 * source.Length / seconds;
    }

    private static double Least(TimeProvider time, Action run)
    {
        double least = double.MaxValue;
        for (int i = 0; i < Tries; i++)
        {
            long start = time.GetTimestamp();
            run();
            least = Math.Min(least, time.GetElapsedTime(start).TotalSeconds);
        }

        return Math.Max(least, 1e-9);
    }
}
