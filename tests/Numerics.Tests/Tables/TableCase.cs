namespace Dlrm.Numerics.Tests.Tables;

/// <summary>A table with seeded factors on a device, and its definition in double.</summary>
/// <remarks>
/// <code>E[i, j] = Σ over terms of Π_k factors[k][term[k]]      every term has one entry of every buffer</code>
/// So value, sum of absolute values (for error bounds) and gradient all come from one list of terms.
/// </remarks>
public abstract class TableCase : IDisposable
{
    public const int Seed = 20210405;

    protected TableCase(IDevice device, long rows, int embeddingDim, IEnumerable<long> lengths, int roundings)
    {
        ArgumentNullException.ThrowIfNull(device);
        Device = device;
        Rows = rows;
        EmbeddingDim = embeddingDim;
        Roundings = roundings;
        Exact = [.. lengths.Select((length, k) => Array.ConvertAll(Uniform((int)length, Seed + k), v => (double)v))];
        Factors = Array.ConvertAll(Exact, values => device.Allocate<float>(values.Length));
        Gradients = Array.ConvertAll(Exact, values => device.Allocate<float>(values.Length));
        for (int k = 0; k < Exact.Length; k++)
        {
            Factors[k].CopyFrom(Array.ConvertAll(Exact[k], v => (float)v));
        }
    }

    public delegate void TermVisitor(ReadOnlySpan<int> term);

    public IDevice Device { get; }

    public long Rows { get; }

    public int EmbeddingDim { get; }

    /// <summary>Gets the most roundings that a term goes through before a gradient's sum over rows and columns.</summary>
    public int Roundings { get; }

    public DeviceBuffer<float>[] Factors { get; }

    public DeviceBuffer<float>[] Gradients { get; }

    public double[][] Exact { get; }

    public abstract long WorkspaceBytes { get; }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lists the terms of one entry by the format's definition.</summary>
    public abstract void VisitTerms(long row, int column, TermVisitor visitor);

    public abstract void Forward(RowGroups groups, Matrix rows);

    public abstract void Backward(RowGroups groups, Matrix rowGradients);

    /// <summary>Runs forward; the caller gets U rows of J numbers.</summary>
    public float[] Forward(RowGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        using DeviceBuffer<float> buffer = Device.Allocate<float>(groups.UniqueCount * (long)EmbeddingDim);
        Forward(groups, new Matrix(buffer, groups.UniqueCount, EmbeddingDim));
        return buffer.ToArray();
    }

    /// <summary>Runs backward after <see cref="Forward(RowGroups)"/>.</summary>
    public void Backward(RowGroups groups, float[] rowGradients)
    {
        ArgumentNullException.ThrowIfNull(groups);
        using DeviceBuffer<float> buffer = Device.Allocate<float>(groups.UniqueCount * (long)EmbeddingDim);
        buffer.CopyFrom(rowGradients);
        Backward(groups, new Matrix(buffer, groups.UniqueCount, EmbeddingDim));
    }

    /// <summary>Evaluates one entry.</summary>
    public double Value(double[][] factors, long row, int column)
    {
        double sum = 0;
        VisitTerms(row, column, term =>
        {
            double product = 1;
            for (int k = 0; k < term.Length; k++)
            {
                product *= factors[k][term[k]];
            }

            sum += product;
        });
        return sum;
    }

    /// <summary>Adds the gradient of <c>Σ_j g[j] · E[row, j]</c>.</summary>
    public void AddGradient(double[][] factors, long row, ReadOnlySpan<double> g, double[][] gradients)
    {
        for (int column = 0; column < EmbeddingDim; column++)
        {
            double scale = g[column];
            VisitTerms(row, column, term =>
            {
                for (int k = 0; k < term.Length; k++)
                {
                    double product = scale;
                    for (int l = 0; l < term.Length; l++)
                    {
                        product *= l == k ? 1 : factors[l][term[l]];
                    }

                    gradients[k][term[k]] += product;
                }
            });
        }
    }

    /// <summary>Picks rows: first and last, and about as many others as asked, some twice.</summary>
    public long[] SomeRows(int count)
    {
        Random random = new(Seed);
        long[] rows = [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(Rows))];
        return [0, .. rows, Rows - 1, .. rows.Take(count / 3)];
    }

    /// <summary>Makes seeded numbers in [−1, 1).</summary>
    public static float[] Uniform(int length, int seed)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (float)((random.NextDouble() * 2) - 1);
        }

        return values;
    }

    protected static int[] Digits(long id, ReadOnlySpan<int> modes)
    {
        int[] digits = new int[modes.Length];
        for (int k = modes.Length - 1; k >= 0; k--)
        {
            digits[k] = (int)(id % modes[k]);
            id /= modes[k];
        }

        return digits;
    }

    protected virtual void Dispose(bool disposing)
    {
        foreach (DeviceBuffer<float> buffer in Factors.Concat(Gradients))
        {
            buffer.Dispose();
        }
    }
}
