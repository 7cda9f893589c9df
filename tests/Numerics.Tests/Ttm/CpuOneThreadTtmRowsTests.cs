using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Ttm;

/// <summary>Rows of TT-matrix tables on one thread.</summary>
public sealed class CpuOneThreadTtmRowsTests : TtmRowsTests
{
    public static TheoryData<string, int[], int[], int[]> AllShapes => TtmCase.Shapes;

    [Theory]
    [MemberData(nameof(AllShapes))]
    public void TtmRows_AnyThreadCount_GivesTheSameBits(string name, int[] rowModes, int[] columnModes, int[] ranks)
    {
        (float[] rows, float[] gradients) = Run(1, rowModes, columnModes, ranks);
        for (int threads = 2; threads <= 3; threads++)
        {
            (float[] otherRows, float[] otherGradients) = Run(threads, rowModes, columnModes, ranks);

            Assert.True(rows.AsSpan().SequenceEqual(otherRows), $"{name}: rows differ for {threads} threads.");
            Assert.True(gradients.AsSpan().SequenceEqual(otherGradients), $"{name}: gradients differ for {threads} threads.");
        }
    }

    protected override IDevice CreateDevice() => new CpuDevice(1);

    private static (float[] Rows, float[] Gradients) Run(int threads, int[] rowModes, int[] columnModes, int[] ranks)
    {
        using CpuDevice device = new(threads);
        using TtmCase ttm = new(device, TtmCase.Full(rowModes, columnModes, ranks));
        using RowGroups groups = HostGroups.Of(device, TtmCase.SomeRows(ttm.Shape, 2000));
        float[] rows = ttm.Forward(groups);
        ttm.Backward(groups, TtmCase.Uniform(groups.UniqueCount * ttm.Shape.EmbeddingDim, 17));
        return (rows, [.. ttm.CoreGradients.SelectMany(gradient => gradient.ToArray())]);
    }
}
