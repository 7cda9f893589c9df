using System.Diagnostics.CodeAnalysis;
using Dlrm.TestSupport;

namespace Dlrm.Numerics.Tests.Tables;

/// <summary>What every device's rows of tables in a tensor format must fulfil.</summary>
/// <typeparam name="TFormat">The format.</typeparam>
public abstract class TableRowsTests<TFormat>
    where TFormat : ITableFormat
{
    [SuppressMessage("Design", "CA1000", Justification = "The test framework looks for the data of a theory here.")]
    public static TheoryData<string> Names => [.. TFormat.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_AnyShape_MatchDefinitionWithinErrorBound(string name)
    {
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.Create(device, name);
        using RowGroups groups = HostGroups.Of(device, table.SomeRows(80));

        float[] rows = table.Forward(groups);

        CheckRows(name, table, groups, rows);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RowGradients_AnyShape_MatchDefinitionWithinErrorBound(string name)
    {
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.Create(device, name);
        using RowGroups groups = HostGroups.Of(device, table.SomeRows(40));
        float[] gradients = TableCase.Uniform(groups.UniqueCount * table.EmbeddingDim, 7);

        table.Forward(groups);
        table.Backward(groups, gradients);

        CheckGradients(name, table, groups, gradients, added: 0f);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RowGradients_AnyShape_AgreeWithCentralDifferences(string name)
    {
        // E is linear in every factor, so central differences of the double definition are exact but for rounding: 1e-16 · |E| / step.
        const double Step = 1e-3;
        const double Tolerance = 1e-4;
        const int EntriesOfAFactor = 12;
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.Create(device, name);
        using RowGroups groups = HostGroups.Of(device, 0, table.Rows / 2, table.Rows - 1);
        float[] weights = TableCase.Uniform(groups.UniqueCount * table.EmbeddingDim, 13);
        long[] unique = groups.UniqueRows.ToArray();

        table.Forward(groups);
        table.Backward(groups, weights);

        for (int k = 0; k < table.Exact.Length; k++)
        {
            float[] actual = table.Gradients[k].ToArray();
            double largest = actual.Max(Math.Abs);
            int[] entries = [.. Enumerable.Range(0, actual.Length).OrderByDescending(i => Math.Abs(actual[i])).Take(EntriesOfAFactor / 2),
                .. Enumerable.Range(0, EntriesOfAFactor / 2).Select(i => (int)((long)i * actual.Length / (EntriesOfAFactor / 2)))];
            foreach (int i in entries)
            {
                double kept = table.Exact[k][i];
                table.Exact[k][i] = kept + Step;
                double above = Loss();
                table.Exact[k][i] = kept - Step;
                double below = Loss();
                table.Exact[k][i] = kept;
                RoundingBound.Check((above - below) / (2 * Step), actual[i], Tolerance * largest, $"{name}: factor {k}, entry {i}");
            }
        }

        double Loss()
        {
            double sum = 0;
            for (int entry = 0; entry < weights.Length; entry++)
            {
                sum += weights[entry] * table.Value(table.Exact, unique[entry / table.EmbeddingDim], entry % table.EmbeddingDim);
            }

            return sum;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RowGradients_GradientsPresentAndOneRow_AreAddedTo(string name)
    {
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.Create(device, name);
        using RowGroups groups = HostGroups.Of(device, table.Rows - 1, table.Rows - 1);
        float[] gradients = TableCase.Uniform(table.EmbeddingDim, 9);
        foreach (DeviceBuffer<float> gradient in table.Gradients)
        {
            gradient.CopyFrom(Enumerable.Repeat(0.5f, (int)gradient.Length).ToArray());
        }

        float[] rows = table.Forward(groups);
        table.Backward(groups, gradients);

        CheckRows(name, table, groups, rows);
        CheckGradients(name, table, groups, gradients, added: 0.5f);
    }

    [Fact]
    public void Rows_EmptyBatch_DoNothing()
    {
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.CreateForBatches(device);
        using RowGroups groups = HostGroups.Of(device);

        table.Forward(groups);
        table.Backward(groups, []);

        Assert.All(table.Gradients.SelectMany(g => g.ToArray()), value => Assert.Equal(0f, value));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_StridedMatrices_LeaveTheNeighboursAlone(string name)
    {
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.Create(device, name);
        using RowGroups groups = HostGroups.Of(device, table.SomeRows(40));
        int dim = table.EmbeddingDim;
        int stride = dim + 3;
        using DeviceBuffer<float> buffer = device.Allocate<float>(5 + (groups.UniqueCount * (long)stride));
        buffer.CopyFrom(Enumerable.Repeat(-77f, (int)buffer.Length).ToArray());
        Matrix view = new(buffer, groups.UniqueCount, dim, stride, 2);

        table.Forward(groups, view);
        float[] all = buffer.ToArray();
        table.Backward(groups, view);

        Assert.All(Enumerable.Range(0, all.Length).Where(i => i < 2 || (i - 2) % stride >= dim), i => Assert.Equal(-77f, all[i]));
        float[] rows = [.. Enumerable.Range(0, groups.UniqueCount * dim).Select(i => all[2 + (i / dim * stride) + (i % dim)])];
        CheckRows(name, table, groups, rows);
        CheckGradients(name, table, groups, rows, added: 0f);
    }

    [Fact]
    public void Rows_BillionRows_MatchDefinitionInMemoryOfTheBatch()
    {
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.CreateLarge(device);
        using RowGroups groups = HostGroups.Of(device, table.SomeRows(32));
        float[] gradients = TableCase.Uniform(groups.UniqueCount * table.EmbeddingDim, 11);

        float[] rows = table.Forward(groups);
        table.Backward(groups, gradients);

        CheckRows("10⁹ rows", table, groups, rows);
        CheckGradients("10⁹ rows", table, groups, gradients, added: 0f);
        Assert.InRange(table.WorkspaceBytes, 1, 1 << 20);
    }

    [Fact]
    public void RowGradients_SecondCallOfTheSameSize_AllocateNothing()
    {
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.CreateForBatches(device);
        using RowGroups groups = HostGroups.Of(device, table.SomeRows(2000));
        using DeviceBuffer<float> buffer = device.Allocate<float>((long)groups.UniqueCount * table.EmbeddingDim);
        Matrix rows = new(buffer, groups.UniqueCount, table.EmbeddingDim);
        Step();
        Step();
        long bytes = table.WorkspaceBytes;

        long least = Allocations.Least(Step);

        Assert.Equal(0, least);
        Assert.Equal(bytes, table.WorkspaceBytes);

        void Step()
        {
            table.Forward(groups, rows);
            table.Backward(groups, rows);
        }
    }

    [Fact]
    public void Rows_SmallerBatchAfterALargerOne_MatchDefinition()
    {
        using IDevice device = CreateDevice();
        using TableCase table = TFormat.CreateForBatches(device);
        using RowGroups large = HostGroups.Of(device, table.SomeRows(500));
        using RowGroups groups = HostGroups.Of(device, table.SomeRows(10));
        table.Forward(large);

        float[] rows = table.Forward(groups);

        CheckRows("a smaller batch", table, groups, rows);
    }

    /// <summary>Makes the device under test.</summary>
    protected abstract IDevice CreateDevice();

    private static void CheckRows(string name, TableCase table, RowGroups groups, float[] rows)
    {
        double[][] absolute = Array.ConvertAll(table.Exact, factor => Array.ConvertAll(factor, Math.Abs));
        double gamma = RoundingBound.Gamma(table.Roundings);
        long[] unique = groups.UniqueRows.ToArray();
        for (int u = 0; u < groups.UniqueCount; u++)
        {
            for (int j = 0; j < table.EmbeddingDim; j++)
            {
                RoundingBound.Check(
                    table.Value(table.Exact, unique[u], j), rows[(u * table.EmbeddingDim) + j],
                    gamma * table.Value(absolute, unique[u], j), $"{name}: row {unique[u]}, column {j}");
            }
        }
    }

    private static void CheckGradients(string name, TableCase table, RowGroups groups, float[] gradients, float added)
    {
        double[][] absolute = Array.ConvertAll(table.Exact, factor => Array.ConvertAll(factor, Math.Abs));
        double[][] expected = Array.ConvertAll(table.Exact, factor => Enumerable.Repeat((double)added, factor.Length).ToArray());
        double[][] size = Array.ConvertAll(table.Exact, factor => Enumerable.Repeat(Math.Abs((double)added), factor.Length).ToArray());
        long[] unique = groups.UniqueRows.ToArray();
        int dim = table.EmbeddingDim;
        for (int u = 0; u < groups.UniqueCount; u++)
        {
            double[] row = Array.ConvertAll(gradients[(u * dim)..((u + 1) * dim)], g => (double)g);
            table.AddGradient(table.Exact, unique[u], row, expected);
            table.AddGradient(absolute, unique[u], Array.ConvertAll(row, Math.Abs), size);
        }

        double gamma = RoundingBound.Gamma((groups.UniqueCount * (double)dim) + table.Roundings);
        for (int k = 0; k < expected.Length; k++)
        {
            float[] actual = table.Gradients[k].ToArray();
            for (int i = 0; i < actual.Length; i++)
            {
                RoundingBound.Check(expected[k][i], actual[i], gamma * size[k][i], $"{name}: factor {k}, entry {i}");
            }
        }
    }
}
