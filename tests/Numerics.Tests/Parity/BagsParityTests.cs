using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>What any device's grouping and pooling must compute; a device's tests derive from this class.</summary>
public abstract class BagsParityTests : IDisposable
{
    private readonly IDevice _device;

    /// <summary>Initializes a new instance of the <see cref="BagsParityTests"/> class.</summary>
    protected BagsParityTests(IDevice device) => _device = device;

    /// <summary>Name, rows of the table, bags, weighted.</summary>
    public static TheoryData<string, long[], int[], bool> Cases => new()
    {
        { "no bags", [], [0], false },
        { "empty bags only", [], [0, 0, 0, 0], true },
        { "one index", [4], [0, 1], false },
        { "one row many times", [.. Enumerable.Repeat(3L, 100)], [0, 1, 50, 50, 100], true },
        { "first and last empty", [1, 2, 1], [0, 0, 2, 3, 3], false },
        { "one-hot, rows that differ in one byte", [.. Enumerable.Range(0, 300).Select(i => (long)((i * 7) % 256))], [.. Enumerable.Range(0, 301)], false },
        { "one-hot, two bytes", [.. Enumerable.Range(0, 1000).Select(i => (i * 7919L) % 2003)], [.. Enumerable.Range(0, 1001)], false },
        { "long bags, weighted", [.. Enumerable.Range(0, 5000).Select(i => (long)i * i % 1009)], [.. Enumerable.Range(0, 51).Select(b => b * 100)], true },
        { "already sorted", [.. Enumerable.Range(0, 64).Select(i => (long)i)], [0, 64], true },
        { "falling", [.. Enumerable.Range(0, 64).Select(i => 63L - i)], [0, 64], false },
    };

    public void Dispose()
    {
        _device.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void GroupRows_AnyBags_IsTheStableSort(string name, long[] indices, int[] offsets, bool isWeighted)
    {
        using RowGroups groups = new(_device);
        _device.GroupRows(Bags(indices, offsets, isWeighted), groups);
        CheckGroups(groups, indices, offsets, name);
    }

    /// <summary>Rows of many bytes; few and many indices; rows that share a word with their position, and rows too large for that.</summary>
    [Theory]
    [InlineData(2000, 40)]
    [InlineData(2000, 63)]
    [InlineData(6000, 24)]
    [InlineData(6000, 49)]
    [InlineData(6000, 63)]
    public void GroupRows_LargeRows_AreSortedByEveryBit(int count, int bits)
    {
        Random random = new(3);
        long[] indices = [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(0, 1L << random.Next(1, bits)))];
        using RowGroups groups = new(_device);
        _device.GroupRows(JaggedIndices.OneHot(indices), groups);
        CheckGroups(groups, indices, [.. Enumerable.Range(0, count + 1)], "any bit");
    }

    [Fact]
    public void GroupRows_SmallerBagsAfterLarger_ForgetTheLarger()
    {
        using RowGroups groups = new(_device);
        foreach (int count in (int[])[500, 3, 0, 700, 1])
        {
            long[] indices = [.. Enumerable.Range(0, count).Select(i => i * 37L % 101)];
            _device.GroupRows(JaggedIndices.OneHot(indices), groups);
            CheckGroups(groups, indices, [.. Enumerable.Range(0, count + 1)], $"{count} bags");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pooling_AnyBags_IsWithinTheErrorBound(string name, long[] indices, int[] offsets, bool isWeighted)
    {
        const int TableRows = 2048;
        foreach (int dim in (int[])[1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64])
        {
            foreach (PoolingType pooling in (PoolingType[])[PoolingType.Sum, PoolingType.Mean])
            {
                JaggedIndices bags = Bags(indices, offsets, isWeighted);
                using RowGroups groups = new(_device);
                _device.GroupRows(bags, groups);
                float[,] values = Numbers.Random(TableRows, dim, dim);
                using GuardedMatrix table = new(_device, values);
                using GuardedMatrix unique = new(_device, Gather(values, groups));
                using GuardedMatrix fromTable = new(_device, Numbers.Random(bags.Bags, dim, 1));
                using GuardedMatrix fromUnique = new(_device, Numbers.Random(bags.Bags, dim, 2));
                _device.PoolTableRows(table.View, groups, pooling, fromTable.View);
                _device.PoolUniqueRows(unique.View, groups, pooling, fromUnique.View);
                Assert.Equal(fromTable.Read(), fromUnique.Read());
                double[,] expected = PoolingKernels.Reference(Numbers.ToDouble(values), bags, pooling);
                double[,] magnitude = PoolingKernels.Reference(Numbers.ToDouble(values, absolute: true), bags, pooling);
                int longest = Enumerable.Range(0, bags.Bags).Select(b => offsets[b + 1] - offsets[b]).Append(0).Max();
                Numbers.AssertClose(expected, fromTable.Read(), magnitude, Numbers.Gamma(longest + 3));
                CheckGradients(bags, groups, pooling, dim, TableRows, name);
            }
        }
    }

    [Fact]
    public void AddToRows_AnyGroups_ChangesNamedRowsOnly()
    {
        long[] indices = [5, 2, 5, 9, 2, 31];
        using RowGroups groups = new(_device);
        _device.GroupRows(JaggedIndices.OneHot(indices), groups);
        foreach (int dim in (int[])[1, 7, 8, 9, 16, 33])
        {
            float[,] before = Numbers.Random(32, dim, 1);
            float[,] values = Numbers.Random(groups.UniqueCount, dim, 2);
            using GuardedMatrix table = new(_device, before);
            using GuardedMatrix added = new(_device, values);
            _device.AddToRows(groups, added.View, -0.7f, table.View);
            double[,] expected = Numbers.ToDouble(before);
            double[,] magnitude = Numbers.ToDouble(before, absolute: true);
            long[] rows = [2, 5, 9, 31];
            for (int u = 0; u < rows.Length; u++)
            {
                for (int j = 0; j < dim; j++)
                {
                    expected[rows[u], j] += (double)-0.7f * values[u, j];
                    magnitude[rows[u], j] += Math.Abs(0.7 * values[u, j]);
                }
            }

            float[,] after = table.Read();
            Numbers.AssertClose(expected, after, magnitude, Numbers.Gamma(2));
            Assert.Equal(before[3, 0], after[3, 0]);
        }
    }

    private static JaggedIndices Bags(long[] indices, int[] offsets, bool isWeighted) =>
        JaggedIndices.From(indices, offsets, isWeighted ? [.. Numbers.Random(indices.Length, 17).Select(w => w + 1.5f)] : []);

    private static float[,] Gather(float[,] table, RowGroups groups)
    {
        long[] rows = groups.UniqueRows.ToArray();
        float[,] unique = new float[groups.UniqueCount, table.GetLength(1)];
        for (int u = 0; u < groups.UniqueCount; u++)
        {
            for (int j = 0; j < table.GetLength(1); j++)
            {
                unique[u, j] = table[rows[u], j];
            }
        }

        return unique;
    }

    private static void CheckGroups(RowGroups groups, long[] indices, int[] offsets, string name)
    {
        (long[] uniqueRows, int[] segments, int[] order, int[] position) = GroupKernels.Reference(indices);
        Assert.True(groups.UniqueCount == uniqueRows.Length, $"{name}: {groups.UniqueCount} unique rows instead of {uniqueRows.Length}.");
        Assert.Equal((offsets.Length - 1, indices.Length), (groups.Bags, groups.Count));
        Assert.Equal(uniqueRows, groups.UniqueRows.ToArray()[..uniqueRows.Length]);
        Assert.Equal(segments, groups.Segments.ToArray()[..segments.Length]);
        Assert.Equal(order, groups.Order.ToArray()[..order.Length]);
        Assert.Equal(position, groups.Position.ToArray()[..position.Length]);
        Assert.Equal(offsets, groups.Offsets.ToArray()[..offsets.Length]);
        int[] bags = groups.Bag.ToArray();
        for (int b = 0; b + 1 < offsets.Length; b++)
        {
            Assert.All(bags[offsets[b]..offsets[b + 1]], bag => Assert.Equal(b, bag));
        }
    }

    private void CheckGradients(JaggedIndices bags, RowGroups groups, PoolingType pooling, int dim, int tableRows, string name)
    {
        float[,] outputGradient = Numbers.Random(bags.Bags, dim, 23);
        using GuardedMatrix gradient = new(_device, outputGradient);
        using GuardedMatrix rowGradients = new(_device, Numbers.Random(groups.UniqueCount, dim, 3));
        _device.UniqueRowGradients(groups, pooling, gradient.View, rowGradients.View);
        float[,] actual = rowGradients.Read();
        double[,] expected = PoolingKernels.ReferenceGradient(tableRows, bags, pooling, Numbers.ToDouble(outputGradient));
        double[,] magnitude = PoolingKernels.ReferenceGradient(tableRows, bags, pooling, Numbers.ToDouble(outputGradient, absolute: true));
        long[] rows = groups.UniqueRows.ToArray();
        int[] segments = groups.Segments.ToArray();
        for (int u = 0; u < groups.UniqueCount; u++)
        {
            double bound = Numbers.Gamma(segments[u + 1] - segments[u] + 2);
            for (int j = 0; j < dim; j++)
            {
                double error = Math.Abs(actual[u, j] - expected[rows[u], j]);
                Assert.True(error <= bound * magnitude[rows[u], j], $"{name}, unique row {u}, column {j}: {actual[u, j]} against {expected[rows[u], j]}.");
            }
        }
    }
}
