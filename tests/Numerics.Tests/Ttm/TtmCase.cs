namespace Dlrm.Numerics.Tests.Ttm;

/// <summary>A TT-matrix with seeded cores on a device, and the same in double.</summary>
internal sealed class TtmCase : IDisposable
{
    internal const int Seed = 20210405;

    internal TtmCase(IDevice device, TtmShape shape)
    {
        Device = device;
        Shape = shape;
        Random random = new(Seed);
        Cores = new DeviceBuffer<float>[shape.Order];
        CoreGradients = new DeviceBuffer<float>[shape.Order];
        Exact = new double[shape.Order][];
        for (int k = 0; k < shape.Order; k++)
        {
            float[] values = new float[shape.CoreLength(k)];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)((random.NextDouble() * 2) - 1);
            }

            Cores[k] = device.Allocate<float>(values.Length);
            Cores[k].CopyFrom(values);
            CoreGradients[k] = device.Allocate<float>(values.Length);
            Exact[k] = Array.ConvertAll(values, v => (double)v);
        }

        Workspace = device.CreateTtmWorkspace();
    }

    /// <summary>Gets shapes that end on, before and after every vector width, and the degenerate ones.</summary>
    internal static TheoryData<string, int[], int[], int[]> Shapes => new()
    {
        { "one core: a plain matrix", [5], [7], [1, 1] },
        { "TT rank 1", [3, 4], [2, 2], [1, 1, 1] },
        { "two cores", [9, 8], [3, 5], [1, 6, 1] },
        { "primes: nothing divides anything", [7, 9, 11], [3, 4, 5], [1, 13, 12, 1] },
        { "just above vectors", [6, 5, 4], [4, 4, 4], [1, 17, 33, 1] },
        { "whole vectors", [6, 5, 4], [2, 4, 8], [1, 16, 32, 1] },
        { "narrow last core", [4, 5, 30], [2, 2, 4], [1, 8, 32, 1] },
        { "narrow last core, vectors and a rest", [4, 5, 30], [2, 4, 4], [1, 6, 29, 1] },
        { "narrow last core, less than a vector", [3, 5, 30], [4, 1, 4], [1, 2, 3, 1] },
        { "narrow last core of two", [40, 30], [4, 4], [1, 21, 1] },
        { "modes of size 1", [1, 6, 1, 5], [2, 1, 3, 1], [1, 2, 5, 3, 1] },
        { "one column until the last core", [5, 6, 7], [1, 1, 16], [1, 4, 9, 1] },
        { "five cores", [3, 2, 4, 2, 3], [2, 1, 2, 3, 2], [1, 3, 7, 5, 2, 1] },
        { "a mode of more than 2048", [2, 5000], [2, 2], [1, 3, 1] },
    };

    internal IDevice Device { get; }

    internal TtmShape Shape { get; }

    internal DeviceBuffer<float>[] Cores { get; }

    internal DeviceBuffer<float>[] CoreGradients { get; }

    internal double[][] Exact { get; }

    internal ITtmWorkspace Workspace { get; }

    public void Dispose()
    {
        Workspace.Dispose();
        foreach (DeviceBuffer<float> buffer in Cores.Concat(CoreGradients))
        {
            buffer.Dispose();
        }
    }

    /// <summary>Makes a shape whose last row is the last of all.</summary>
    internal static TtmShape Full(int[] rowModes, int[] columnModes, int[] ranks) =>
        new(rowModes.Aggregate(1L, (product, mode) => product * mode), rowModes, columnModes, ranks);

    /// <summary>Picks rows: first and last, and about as many others as asked, some twice.</summary>
    internal static long[] SomeRows(TtmShape shape, int count)
    {
        Random random = new(Seed);
        long[] rows = new long[count + 2];
        for (int i = 0; i < count; i++)
        {
            rows[i] = random.NextInt64(shape.Rows);
        }

        rows[count] = shape.Rows - 1;
        return rows;
    }

    /// <summary>Runs forward; the caller gets U rows of J numbers.</summary>
    internal float[] Forward(RowGroups groups)
    {
        using DeviceBuffer<float> buffer = Device.Allocate<float>(Math.Max(1, groups.UniqueCount * (long)Shape.EmbeddingDim));
        Device.TtmRows(Shape, Cores, groups, Workspace, new Matrix(buffer, groups.UniqueCount, Shape.EmbeddingDim));
        return buffer.ToArray();
    }

    /// <summary>Runs backward after <see cref="Forward"/>.</summary>
    internal void Backward(RowGroups groups, float[] rowGradients)
    {
        using DeviceBuffer<float> buffer = Device.Allocate<float>(Math.Max(1, rowGradients.Length));
        buffer.CopyFrom(rowGradients);
        Device.TtmRowGradients(
            Shape, Cores, groups, Workspace, new Matrix(buffer, groups.UniqueCount, Shape.EmbeddingDim), CoreGradients);
    }

    /// <summary>Makes seeded numbers in [−1, 1).</summary>
    internal static float[] Uniform(int length, int seed)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (float)((random.NextDouble() * 2) - 1);
        }

        return values;
    }
}
