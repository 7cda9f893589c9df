using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Keeps finished rows of a table that were asked for last.</summary>
/// <remarks>
/// <para>A table of fixed size; a new row takes the place of one that was not asked for since the hand of the clock last passed it
/// (Corbató's clock replacement). Rows of the batch at hand are never replaced.</para>
/// </remarks>
internal sealed class HotRows : IDisposable
{
    private readonly DeviceBuffer<float> _rows;
    private readonly Dictionary<long, int> _slotOf;
    private readonly long[] _idOf;
    private readonly long[] _batchOf;
    private readonly bool[] _isRecent;
    private readonly JaggedIndices _slots = new();
    private readonly List<(long Id, int Slot)> _missing = [];
    private readonly JaggedIndices _missingBags = new();
    private readonly RowGroups _groups;
    private readonly GrowingMatrix _computed;
    private readonly IDevice _device;
    private float[] _host = [];
    private long _batch;
    private int _used;
    private int _hand;

    /// <summary>Initializes a new instance of the <see cref="HotRows"/> class, empty.</summary>
    /// <param name="device">The device.</param>
    /// <param name="capacity">The most rows.</param>
    /// <param name="columns">The length of a row.</param>
    internal HotRows(IDevice device, int capacity, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        _device = device;
        _rows = device.Allocate<float>((long)capacity * columns);
        _slotOf = new Dictionary<long, int>(capacity);
        _idOf = new long[capacity];
        _batchOf = new long[capacity];
        _isRecent = new bool[capacity];
        _groups = new RowGroups(device);
        _computed = new GrowingMatrix(device, columns);
        Columns = columns;
    }

    /// <summary>Gets the length of a row.</summary>
    internal int Columns { get; }

    /// <summary>Gets the most indices of a batch: half of the rows, so that there is always one to replace.</summary>
    internal int MostIndices => _idOf.Length / 2;

    /// <summary>Gets the rows that were kept when asked for, over all batches.</summary>
    internal long Hits { get; private set; }

    /// <summary>Forgets every row.</summary>
    internal void Clear()
    {
        _slotOf.Clear();
        Array.Clear(_isRecent);
        (_used, _hand) = (0, 0);
    }

    /// <summary>Pools rows into bags; what is missing is computed first.</summary>
    /// <param name="bags">At most <see cref="MostIndices"/> indices.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="compute">Looks up one row a bag, (bags, output).</param>
    /// <param name="output">Receives (B, J).</param>
    internal void Pool(JaggedIndices bags, PoolingType pooling, Action<JaggedIndices, Matrix> compute, Matrix output)
    {
        _batch++;
        _slots.Resize(bags.Bags, bags.Count, bags.IsWeighted);
        bags.Offsets.CopyTo(_slots.Offsets);
        bags.Weights.CopyTo(_slots.Weights);
        Find(bags.Indices, _slots.Indices);
        if (_missing.Count > 0)
        {
            Add(compute);
        }

        _device.GroupRows(_slots, _groups);
        _device.PoolTableRows(new Matrix(_rows, _idOf.Length, Columns), _groups, pooling, output);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _groups.Dispose();
        _computed.Dispose();
    }

    private void Find(ReadOnlySpan<long> ids, Span<long> slots)
    {
        _missing.Clear();
        for (int i = 0; i < ids.Length; i++)
        {
            if (_slotOf.TryGetValue(ids[i], out int slot))
            {
                Hits++;
            }
            else
            {
                slot = Replace(ids[i]);
                _missing.Add((ids[i], slot));
            }

            _batchOf[slot] = _batch;
            _isRecent[slot] = true;
            slots[i] = slot;
        }
    }

    private int Replace(long id)
    {
        int slot;
        if (_used < _idOf.Length)
        {
            slot = _used++;
        }
        else
        {
            while (_isRecent[_hand] || _batchOf[_hand] == _batch)
            {
                _isRecent[_hand] = false;
                _hand = (_hand + 1) % _idOf.Length;
            }

            slot = _hand;
            _hand = (_hand + 1) % _idOf.Length;
            _slotOf.Remove(_idOf[slot]);
        }

        _idOf[slot] = id;
        _slotOf[id] = slot;
        return slot;
    }

    private void Add(Action<JaggedIndices, Matrix> compute)
    {
        int count = _missing.Count;
        _missingBags.Resize(count, count, isWeighted: false);
        for (int i = 0; i < count; i++)
        {
            _missingBags.Indices[i] = _missing[i].Id;
            _missingBags.Offsets[i] = i;
        }

        _missingBags.Offsets[count] = count;
        Matrix computed = _computed.Resize(count);
        compute(_missingBags, computed);
        if (_host.Length < count * Columns)
        {
            _host = new float[count * Columns];
        }

        computed.Buffer.CopyTo(_host.AsSpan(0, count * Columns));
        for (int i = 0; i < count; i++)
        {
            _rows.CopyFrom(_host.AsSpan(i * Columns, Columns), (long)_missing[i].Slot * Columns);
        }
    }
}
