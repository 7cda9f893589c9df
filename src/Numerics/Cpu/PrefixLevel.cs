using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Cpu;

/// <summary>One level of a <see cref="PrefixTree"/>: a node is a distinct prefix (i0..ik) of the ids.</summary>
/// <remarks>
/// Nodes stand in ascending order of their prefix, so the children of a node are consecutive. <see cref="Sorted"/> lists the nodes by digit,
/// equal digits in ascending order of node,
/// once <see cref="SortByDigit"/> was called.
/// </remarks>
internal sealed unsafe class PrefixLevel : IDisposable
{
    private const int FewNodes = 24;
    private const int MostBins = 2048;

    private readonly ScratchBuffer<int> _digit = new();
    private readonly ScratchBuffer<int> _parent = new();
    private readonly ScratchBuffer<int> _childStart = new();
    private ScratchBuffer<int> _sorted = new();
    private ScratchBuffer<int> _swap = new();
    private int _mode;
    private bool _isSorted;

    /// <summary>Gets or sets the number of nodes.</summary>
    internal int Count { get; set; }

    /// <summary>Gets the nodes' last digits.</summary>
    internal int* Digit { get; private set; }

    /// <summary>Gets the nodes' parents, positions in the level before.</summary>
    internal int* Parent { get; private set; }

    /// <summary>Gets the first child of every node, and one more: the number of nodes of the next level.</summary>
    internal int* ChildStart { get; private set; }

    /// <summary>Gets the nodes sorted by digit.</summary>
    internal int* Sorted { get; private set; }

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes => _digit.Bytes + _parent.Bytes + _childStart.Bytes + _sorted.Bytes + _swap.Bytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        _digit.Dispose();
        _parent.Dispose();
        _childStart.Dispose();
        _sorted.Dispose();
        _swap.Dispose();
    }

    /// <summary>Makes room; the level has no nodes then.</summary>
    /// <param name="mode">The mode size: digits are below it.</param>
    /// <param name="nodes">The most nodes.</param>
    internal void Prepare(int mode, int nodes)
    {
        _mode = mode;
        Count = 0;
        _isSorted = false;
        Digit = _digit.Get(nodes);
        Parent = _parent.Get(nodes);
        ChildStart = _childStart.Get(nodes + 1L);
        Sorted = _sorted.Get(nodes);
        _swap.Get(nodes);
    }

    /// <summary>Sorts the nodes by digit, unless that was done since the tree was built: radix sort, 11 bits a pass, stable; memory does not grow with the mode size.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void SortByDigit()
    {
        if (_isSorted)
        {
            return;
        }

        _isSorted = true;
        if (Count <= FewNodes)
        {
            InsertByDigit();
            return;
        }

        int bins = Math.Min(MostBins, _mode);
        int* histogram = stackalloc int[MostBins];
        int* from = null;
        int* to = Sorted;
        int* spare = _swap.Get(Count);
        int* digit = Digit;
        int shift = 0;
        do
        {
            new Span<int>(histogram, bins).Clear();
            for (int node = 0; node < Count; node++)
            {
                histogram[(digit[node] >> shift) & (MostBins - 1)]++;
            }

            int start = 0;
            for (int bin = 0; bin < bins; bin++)
            {
                (histogram[bin], start) = (start, start + histogram[bin]);
            }

            for (int position = 0; position < Count; position++)
            {
                // The first pass takes the nodes in their own order.
                int node = from is null ? position : from[position];
                to[histogram[(digit[node] >> shift) & (MostBins - 1)]++] = node;
            }

            from = to;
            to = spare;
            spare = from;
            shift += 11;
        }
        while (shift < 31 && (_mode - 1) >> shift != 0);

        if (from != Sorted)
        {
            (_sorted, _swap) = (_swap, _sorted);
            Sorted = from;
        }
    }

    /// <summary>Sorts a few nodes: clearing the counters would take longer.</summary>
    private void InsertByDigit()
    {
        for (int node = 0; node < Count; node++)
        {
            int position = node;
            for (; position > 0 && Digit[Sorted[position - 1]] > Digit[node]; position--)
            {
                Sorted[position] = Sorted[position - 1];
            }

            Sorted[position] = node;
        }
    }

    /// <summary>Finds where the group of a digit begins, so that a piece starts with a whole group.</summary>
    /// <param name="position">A position among the sorted nodes.</param>
    /// <returns>The first position at or after it whose digit differs from the one before.</returns>
    internal int GroupBoundary(int position)
    {
        if (position == 0 || position >= Count)
        {
            return Math.Min(position, Count);
        }

        return LowerBound(Digit[Sorted[position - 1]] + 1, position);
    }

    /// <summary>Finds the first node of a digit.</summary>
    /// <param name="digit">The digit.</param>
    /// <param name="low">A position at or before it.</param>
    /// <returns>The position of the first sorted node whose digit is not below it.</returns>
    internal int LowerBound(int digit, int low = 0)
    {
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (Digit[Sorted[middle]] >= digit)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
