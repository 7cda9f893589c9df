namespace Dlrm.Numerics;

/// <summary>Holds the bags of one batch on a device, grouped by distinct row; made by <see cref="IDevice.GroupRows"/>.</summary>
public sealed class RowGroups : IDisposable
{
    private readonly IDevice _device;

    /// <summary>Initializes a new instance of the <see cref="RowGroups"/> class without bags.</summary>
    /// <param name="device">The device.</param>
    public RowGroups(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        UniqueRows = device.Allocate<long>(0);
        Position = device.Allocate<int>(0);
        Order = device.Allocate<int>(0);
        Segments = device.Allocate<int>(1);
        Offsets = device.Allocate<int>(1);
        Bag = device.Allocate<int>(0);
        Weights = device.Allocate<float>(0);
    }

    /// <summary>Gets the number of bags B.</summary>
    public int Bags { get; private set; }

    /// <summary>Gets the number of indices n.</summary>
    public int Count { get; private set; }

    /// <summary>Gets or sets the number of unique rows U; set by the device.</summary>
    public int UniqueCount { get; set; }

    /// <summary>Gets a value indicating whether indices have weights.</summary>
    public bool IsWeighted { get; private set; }

    /// <summary>Gets the U distinct rows, ascending.</summary>
    public DeviceBuffer<long> UniqueRows { get; private set; }

    /// <summary>Gets, for each of n indices, the position of its row among the unique rows.</summary>
    public DeviceBuffer<int> Position { get; private set; }

    /// <summary>Gets the n index positions sorted by row, then position.</summary>
    public DeviceBuffer<int> Order { get; private set; }

    /// <summary>Gets the U + 1 starts of each unique row's segment in <see cref="Order"/>.</summary>
    public DeviceBuffer<int> Segments { get; private set; }

    /// <summary>Gets the B + 1 offsets of the bags.</summary>
    public DeviceBuffer<int> Offsets { get; private set; }

    /// <summary>Gets, for each of n indices, its bag.</summary>
    public DeviceBuffer<int> Bag { get; private set; }

    /// <summary>Gets the n weights, when <see cref="IsWeighted"/>.</summary>
    public DeviceBuffer<float> Weights { get; private set; }

    /// <summary>Sets the sizes; memory only ever grows. Called by the device.</summary>
    /// <param name="bags">B.</param>
    /// <param name="count">n.</param>
    /// <param name="isWeighted">Whether indices have weights.</param>
    public void Resize(int bags, int count, bool isWeighted)
    {
        Bags = bags;
        Count = count;
        IsWeighted = isWeighted;
        UniqueRows = Grow(UniqueRows, count);
        Position = Grow(Position, count);
        Order = Grow(Order, count);
        Bag = Grow(Bag, count);
        Segments = Grow(Segments, count + 1L);
        Offsets = Grow(Offsets, bags + 1L);
        if (isWeighted)
        {
            Weights = Grow(Weights, count);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        UniqueRows.Dispose();
        Position.Dispose();
        Order.Dispose();
        Segments.Dispose();
        Offsets.Dispose();
        Bag.Dispose();
        Weights.Dispose();
    }

    private DeviceBuffer<T> Grow<T>(DeviceBuffer<T> buffer, long length)
        where T : unmanaged
    {
        if (buffer.Length >= length)
        {
            return buffer;
        }

        buffer.Dispose();
        return _device.Allocate<T>(Math.Max(length, buffer.Length * 3 / 2));
    }
}
