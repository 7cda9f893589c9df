using Dlrm.Numerics.Kernels;
using Dlrm.TestSupport;

namespace Dlrm.Numerics.Tests.Ttm;

/// <summary>What every device's rows of TT-matrix tables must fulfil.</summary>
public abstract class TtmRowsTests
{
    public static TheoryData<string, int[], int[], int[]> Shapes => TtmCase.Shapes;

    [Theory]
    [MemberData(nameof(Shapes))]
    public void TtmRows_AnyShape_MatchesReferenceWithinErrorBound(string name, int[] rowModes, int[] columnModes, int[] ranks)
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, TtmCase.Full(rowModes, columnModes, ranks));
        using RowGroups groups = HostGroups.Of(device, TtmCase.SomeRows(ttm.Shape, 300));

        float[] rows = ttm.Forward(groups);

        CheckRows(name, ttm, groups, rows);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void TtmRowGradients_AnyShape_MatchesReferenceWithinErrorBound(string name, int[] rowModes, int[] columnModes, int[] ranks)
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, TtmCase.Full(rowModes, columnModes, ranks));
        using RowGroups groups = HostGroups.Of(device, TtmCase.SomeRows(ttm.Shape, 60));
        float[] gradients = TtmCase.Uniform(groups.UniqueCount * ttm.Shape.EmbeddingDim, 7);

        ttm.Forward(groups);
        ttm.Backward(groups, gradients);

        CheckGradients(name, ttm, groups, gradients, added: 0f);
    }

    [Fact]
    public void TtmRows_BatchOfOne_MatchesReference()
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, new TtmShape(692, [7, 9, 11], [3, 4, 5], [1, 13, 12, 1]));
        using RowGroups groups = HostGroups.Of(device, 691);
        float[] gradients = TtmCase.Uniform(60, 5);

        float[] rows = ttm.Forward(groups);
        ttm.Backward(groups, gradients);

        CheckRows("one row", ttm, groups, rows);
        CheckGradients("one row", ttm, groups, gradients, added: 0f);
    }

    [Fact]
    public void TtmRows_EmptyBatch_DoesNothing()
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, TtmCase.Full([3, 4], [2, 2], [1, 3, 1]));
        using RowGroups groups = HostGroups.Of(device);

        ttm.Forward(groups);
        ttm.Backward(groups, []);

        Assert.All(ttm.CoreGradients.SelectMany(g => g.ToArray()), value => Assert.Equal(0f, value));
    }

    [Fact]
    public void TtmRowGradients_GradientsPresent_AreAddedTo()
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, TtmCase.Full([5, 6, 7], [2, 3, 2], [1, 5, 9, 1]));
        using RowGroups groups = HostGroups.Of(device, TtmCase.SomeRows(ttm.Shape, 40));
        float[] gradients = TtmCase.Uniform(groups.UniqueCount * ttm.Shape.EmbeddingDim, 9);
        foreach (DeviceBuffer<float> gradient in ttm.CoreGradients)
        {
            gradient.CopyFrom(Enumerable.Repeat(0.5f, (int)gradient.Length).ToArray());
        }

        ttm.Forward(groups);
        ttm.Backward(groups, gradients);

        CheckGradients("added to", ttm, groups, gradients, added: 0.5f);
    }

    [Fact]
    public void TtmRowGradients_SlabsWithoutRows_AreNotTouched()
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, TtmCase.Full([5, 6, 7], [2, 3, 2], [1, 5, 9, 1]));
        using RowGroups groups = HostGroups.Of(device, ((1 * 6) + 2) * 7 + 3, ((1 * 6) + 4) * 7 + 3);
        int[][] touched = [[1], [2, 4], [3]];

        ttm.Forward(groups);
        ttm.Backward(groups, TtmCase.Uniform(24, 3));

        for (int k = 0; k < 3; k++)
        {
            float[] values = ttm.CoreGradients[k].ToArray();
            int slab = ttm.Shape.SlabLength(k);
            int[] nonZero = [.. Enumerable.Range(0, values.Length).Where(i => values[i] != 0f).Select(i => i / slab).Distinct()];
            Assert.Equal(touched[k], nonZero);
        }
    }

    [Fact]
    public void TtmRows_StridedDestination_LeavesTheNeighboursAlone()
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, TtmCase.Full([5, 6, 7], [2, 3, 1], [1, 5, 9, 1]));
        using RowGroups groups = HostGroups.Of(device, TtmCase.SomeRows(ttm.Shape, 40));
        using DeviceBuffer<float> buffer = device.Allocate<float>(5 + (groups.UniqueCount * 9L));
        buffer.CopyFrom(Enumerable.Repeat(-77f, (int)buffer.Length).ToArray());

        device.TtmRows(ttm.Shape, ttm.Cores, groups, ttm.Workspace, new Matrix(buffer, groups.UniqueCount, 6, 9, 2));

        float[] all = buffer.ToArray();
        Assert.All(Enumerable.Range(0, all.Length).Where(i => i < 2 || (i - 2) % 9 >= 6), i => Assert.Equal(-77f, all[i]));
        float[] rows = [.. Enumerable.Range(0, groups.UniqueCount * 6).Select(i => all[2 + (i / 6 * 9) + (i % 6)])];
        CheckRows("strided", ttm, groups, rows);
    }

    [Fact]
    public void TtmRows_WorkspaceOfALargerShape_IsReused()
    {
        using IDevice device = CreateDevice();
        using TtmCase large = new(device, TtmCase.Full([3, 2, 4, 2, 3], [2, 1, 2, 3, 2], [1, 3, 7, 5, 2, 1]));
        using TtmCase small = new(device, TtmCase.Full([9, 8], [3, 5], [1, 6, 1]));
        using RowGroups largeGroups = HostGroups.Of(device, TtmCase.SomeRows(large.Shape, 100));
        using RowGroups groups = HostGroups.Of(device, TtmCase.SomeRows(small.Shape, 10));
        large.Forward(largeGroups);
        using DeviceBuffer<float> buffer = device.Allocate<float>(groups.UniqueCount * 15L);

        device.TtmRows(small.Shape, small.Cores, groups, large.Workspace, new Matrix(buffer, groups.UniqueCount, 15));

        CheckRows("reused", small, groups, buffer.ToArray());
    }

    [Fact]
    public void TtmRows_BillionRows_MatchesReferenceInMemoryOfTheBatch()
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, new TtmShape(1_000_000_000, [1000, 1000, 1000], [4, 4, 4], [1, 16, 16, 1]));
        using RowGroups groups = HostGroups.Of(device, TtmCase.SomeRows(ttm.Shape, 64));
        float[] gradients = TtmCase.Uniform(groups.UniqueCount * 64, 11);

        float[] rows = ttm.Forward(groups);
        ttm.Backward(groups, gradients);

        CheckRows("10⁹ rows", ttm, groups, rows);
        CheckGradients("10⁹ rows", ttm, groups, gradients, added: 0f);
        Assert.InRange(ttm.Workspace.Bytes, 1, 1 << 20);
    }

    [Fact]
    public void GradientReference_CentralDifferencesOfReference_Agree()
    {
        // E is linear in every core, so central differences are exact but for rounding: 1e-16 · |E| / step.
        const double Step = 1e-3;
        TtmShape shape = TtmCase.Full([2, 3, 2], [2, 1, 3], [1, 3, 2, 1]);
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, shape);
        double[] gradient = Array.ConvertAll(TtmCase.Uniform(shape.EmbeddingDim, 13), g => (double)g);
        double[][] coreGradients = Array.ConvertAll(ttm.Exact, core => new double[core.Length]);
        const long Row = 7;

        TtmRowKernels.GradientReference(shape, ttm.Exact, Row, gradient, coreGradients);

        for (int k = 0; k < shape.Order; k++)
        {
            for (int i = 0; i < ttm.Exact[k].Length; i++)
            {
                double kept = ttm.Exact[k][i];
                ttm.Exact[k][i] = kept + Step;
                double above = Loss();
                ttm.Exact[k][i] = kept - Step;
                double below = Loss();
                ttm.Exact[k][i] = kept;
                RoundingBound.Check((above - below) / (2 * Step), coreGradients[k][i], 1e-11, $"core {k}, entry {i}");
            }
        }

        double Loss()
        {
            double sum = 0;
            for (int j = 0; j < gradient.Length; j++)
            {
                sum += gradient[j] * TtmRowKernels.Reference(shape, ttm.Exact, Row, j);
            }

            return sum;
        }
    }

    [Fact]
    public void TtmRowGradients_SecondCallOfTheSameSize_AllocatesNothing()
    {
        using IDevice device = CreateDevice();
        using TtmCase ttm = new(device, TtmCase.Full([40, 50, 60], [2, 2, 4], [1, 8, 8, 1]));
        using RowGroups groups = HostGroups.Of(device, TtmCase.SomeRows(ttm.Shape, 3000));
        using DeviceBuffer<float> buffer = device.Allocate<float>(groups.UniqueCount * 16L);
        Matrix rows = new(buffer, groups.UniqueCount, 16);
        Step();
        Step();
        long bytes = ttm.Workspace.Bytes;

        long least = Allocations.Least(Step);

        Assert.Equal(0, least);
        Assert.Equal(bytes, ttm.Workspace.Bytes);

        void Step()
        {
            device.TtmRows(ttm.Shape, ttm.Cores, groups, ttm.Workspace, rows);
            device.TtmRowGradients(ttm.Shape, ttm.Cores, groups, ttm.Workspace, rows, ttm.CoreGradients);
        }
    }

    /// <summary>Makes the device under test.</summary>
    protected abstract IDevice CreateDevice();

    private static void CheckRows(string name, TtmCase ttm, RowGroups groups, float[] rows)
    {
        double[][] absolute = Array.ConvertAll(ttm.Exact, core => Array.ConvertAll(core, Math.Abs));
        double gamma = RoundingBound.Gamma(ttm.Shape.Ranks.ToArray().Sum() + ttm.Shape.Order);
        long[] unique = groups.UniqueRows.ToArray();
        for (int u = 0; u < groups.UniqueCount; u++)
        {
            for (int j = 0; j < ttm.Shape.EmbeddingDim; j++)
            {
                RoundingBound.Check(
                    TtmRowKernels.Reference(ttm.Shape, ttm.Exact, unique[u], j), rows[(u * ttm.Shape.EmbeddingDim) + j],
                    gamma * TtmRowKernels.Reference(ttm.Shape, absolute, unique[u], j), $"{name}: row {unique[u]}, column {j}");
            }
        }
    }

    private static void CheckGradients(string name, TtmCase ttm, RowGroups groups, float[] gradients, float added)
    {
        TtmShape shape = ttm.Shape;
        double[][] absolute = Array.ConvertAll(ttm.Exact, core => Array.ConvertAll(core, Math.Abs));
        double[][] expected = Array.ConvertAll(ttm.Exact, core => Enumerable.Repeat((double)added, core.Length).ToArray());
        double[][] size = Array.ConvertAll(ttm.Exact, core => Enumerable.Repeat(Math.Abs((double)added), core.Length).ToArray());
        long[] unique = groups.UniqueRows.ToArray();
        double roundings = (groups.UniqueCount * (double)shape.EmbeddingDim) + shape.Order;
        for (int k = 0; k < shape.Order; k++)
        {
            roundings += shape.Ranks[k] + (shape.ColumnModes[k] * shape.Ranks[k + 1]);
        }

        for (int u = 0; u < groups.UniqueCount; u++)
        {
            double[] row = Array.ConvertAll(gradients[(u * shape.EmbeddingDim)..((u + 1) * shape.EmbeddingDim)], g => (double)g);
            TtmRowKernels.GradientReference(shape, ttm.Exact, unique[u], row, expected);
            TtmRowKernels.GradientReference(shape, absolute, unique[u], Array.ConvertAll(row, Math.Abs), size);
        }

        for (int k = 0; k < shape.Order; k++)
        {
            float[] actual = ttm.CoreGradients[k].ToArray();
            for (int i = 0; i < actual.Length; i++)
            {
                RoundingBound.Check(expected[k][i], actual[i], RoundingBound.Gamma(roundings) * size[k][i], $"{name}: core {k}, entry {i}");
            }
        }
    }
}
