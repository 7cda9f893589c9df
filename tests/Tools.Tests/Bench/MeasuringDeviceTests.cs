using Dlrm.CommandLine.Bench.Measuring;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tools.Tests.Bench;

/// <summary>Tests of <see cref="MeasuringDevice"/>.</summary>
public sealed class MeasuringDeviceTests
{
    private const ulong Seed = 7;

    /// <summary>Operators compute the same through it, and the work of a TT-matrix is that of its distinct prefixes.</summary>
    [Fact]
    public void TtmRows_Measured_AreTheSameAndCountedByDistinctPrefixes()
    {
        TtmShape shape = new(210, [5, 6, 7], [2, 3, 2], [1, 3, 4, 1]);
        long[] ids = [0, 0, 1, 1, 7, 13, 42, 43, 43, 209];
        using CpuDevice plain = new(1);
        using MeasuringDevice measured = new(new CpuDevice(1), TimeProvider.System);

        float[] expected = Rows(plain, shape, ids);
        float[] actual = Rows(measured, shape, ids);

        // Distinct rows 0, 1, 7, 13, 42, 43, 209; distinct (i0, i1): (0,0), (0,1), (1,0), (4,5).
        OperatorTotals totals = measured.Totals["TtmRows"];
        Assert.Equal(expected, actual);
        Assert.Equal(1, totals.Calls);
        Assert.Equal((4 * 2 * 3 * 3 * 4) + (7 * 2 * 3 * 4 * 2), totals.MultiplyAdds);
        Assert.True(totals.Time > TimeSpan.Zero);
    }

    /// <summary>A product counts m·n·k multiply-adds and every number once; clearing forgets them.</summary>
    [Fact]
    public void Gemm_Measured_IsCountedFromItsShape()
    {
        using MeasuringDevice device = new(new CpuDevice(1), TimeProvider.System);
        using DeviceBuffer<float> a = device.Allocate<float>(6);
        using DeviceBuffer<float> b = device.Allocate<float>(12);
        using DeviceBuffer<float> c = device.Allocate<float>(8);

        device.Gemm(new Matrix(a, 3, 2), true, new Matrix(b, 3, 4), false, new Matrix(c, 2, 4));
        device.Gemm(new Matrix(a, 3, 2), true, new Matrix(b, 3, 4), false, new Matrix(c, 2, 4), accumulate: true);

        OperatorTotals totals = Assert.Single(device.Totals).Value;
        Assert.Equal((2, 48.0, 4.0 * (6 + 12 + 8 + 6 + 12 + 16)), (totals.Calls, totals.MultiplyAdds, totals.Bytes));
        device.Clear();
        Assert.Empty(device.Totals);
    }

    private static float[] Rows(IDevice device, TtmShape shape, long[] ids)
    {
        DeviceBuffer<float>[] cores = [.. Enumerable.Range(0, shape.Order).Select(k => device.Allocate<float>(shape.CoreLength(k)))];
        using RowGroups groups = new(device);
        using ITtmWorkspace workspace = device.CreateTtmWorkspace();
        device.GroupRows(JaggedIndices.OneHot(ids), groups);
        using DeviceBuffer<float> rows = device.Allocate<float>((long)groups.UniqueCount * shape.EmbeddingDim);
        for (int k = 0; k < cores.Length; k++)
        {
            device.FillNormal(cores[k], new RandomStream(Seed, (ulong)k), 1);
        }

        device.TtmRows(shape, cores, groups, workspace, new Matrix(rows, groups.UniqueCount, shape.EmbeddingDim));
        foreach (DeviceBuffer<float> core in cores)
        {
            core.Dispose();
        }

        return rows.ToArray();
    }
}
