using System.Runtime.InteropServices;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <summary>Runs every operator on another device, and adds up its calls, time, multiply-adds and bytes.</summary>
/// <remarks>
/// <para>Multiply-adds and bytes are counted from shapes: what the definition needs when every number is read and written once; 0 where shapes do not say it.</para>
/// <para>Rows of a TT-matrix are counted by their distinct prefixes, which are what the kernels compute; a gradient is twice its forward pass.</para>
/// </remarks>
/// <param name="inner">The device that does the work; owned from now on.</param>
/// <param name="time">The clock.</param>
internal sealed partial class MeasuringDevice(IDevice inner, TimeProvider time) : IDevice
{
    private readonly Dictionary<string, OperatorTotals> _totals = [];
    private long[] _rows = [];

    /// <inheritdoc/>
    public string Description => inner.Description;

    /// <summary>Gets what every operator that was called came to, by its name.</summary>
    internal IReadOnlyDictionary<string, OperatorTotals> Totals => _totals;

    /// <summary>Gets the time spent in counting, which no training step has.</summary>
    internal TimeSpan Counting { get; private set; }

    /// <summary>Forgets everything so far.</summary>
    internal void Clear()
    {
        _totals.Clear();
        Counting = TimeSpan.Zero;
    }

    /// <inheritdoc/>
    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged => inner.Allocate<T>(length);

    /// <inheritdoc/>
    public void Copy<T>(DeviceBuffer<T> source, long sourceOffset, DeviceBuffer<T> destination, long destinationOffset, long length)
        where T : unmanaged
    {
        long start = Start();
        inner.Copy(source, sourceOffset, destination, destinationOffset, length);
        Stop(start, nameof(Copy), 0, 2.0 * length * Marshal.SizeOf<T>() / sizeof(float));
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private static double Size(Matrix matrix) => (double)matrix.Rows * matrix.Columns;

    private long Start() => time.GetTimestamp();

    private void Stop(long start, string name, double multiplyAdds, double floats)
    {
        TimeSpan elapsed = time.GetElapsedTime(start);
        ref OperatorTotals totals = ref CollectionsMarshal.GetValueRefOrAddDefault(_totals, name, out _);
        totals = new OperatorTotals(totals.Calls + 1, totals.Time + elapsed, totals.MultiplyAdds + multiplyAdds, totals.Bytes + (sizeof(float) * floats));
    }

    /// <summary>Counts the multiply-adds of the distinct prefixes of a batch's rows.</summary>
    private double PrefixWork(TtmShape shape, RowGroups groups)
    {
        long start = Start();
        if (_rows.Length < groups.UniqueCount)
        {
            _rows = new long[groups.UniqueCount];
        }

        Span<long> rows = _rows.AsSpan(0, groups.UniqueCount);
        groups.UniqueRows.CopyTo(rows);
        double work = 0;
        long columns = shape.EmbeddingDim;
        for (int k = shape.Order - 1; k > 0; k--)
        {
            // Rows ascend, so equal prefixes are neighbours; here they are of k + 1 digits.
            int distinct = 0;
            long last = -1;
            foreach (ref long row in rows)
            {
                distinct += row == last ? 0 : 1;
                last = row;
                row /= shape.RowModes[k];
            }

            work += (double)distinct * columns * shape.Ranks[k] * shape.Ranks[k + 1];
            columns /= shape.ColumnModes[k];
        }

        Counting += time.GetElapsedTime(start);
        return work;
    }
}
