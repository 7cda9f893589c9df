namespace Dlrm.Numerics.Cpu;

/// <summary>One level of a batch's tree of row prefixes: a node is a distinct prefix (i0..ik) of the unique rows.</summary>
/// <remarks>
/// <code>
/// interface(node) = interface(parent) · slab(digit)      (Π J[0..k)) × R[k]  times  R[k] × (J[k]·R[k+1])
/// </code>
/// <para>Nodes stand in ascending order of their prefix, so the children of a node are consecutive. <see cref="Sorted"/> lists the nodes by digit,
/// equal digits in ascending order of node. The interface of a node of level 0 is its slab, where it stands.</para>
/// </remarks>
internal sealed unsafe class TtmLevel : IDisposable
{
    private CpuBuffer<int> _digit = new(0);
    private CpuBuffer<int> _parent = new(0);
    private CpuBuffer<int> _childStart = new(0);
    private CpuBuffer<int> _sorted = new(0);
    private CpuBuffer<int> _swap = new(0);
    private CpuBuffer<float> _interfaces = new(0);
    private CpuBuffer<float> _interfaceGradients = new(0);
    private CpuBuffer<float> _childGradients = new(0);

    /// <summary>Gets the core's number k.</summary>
    internal int Core { get; private set; }

    /// <summary>Gets I[k].</summary>
    internal int Mode { get; private set; }

    /// <summary>Gets Π J[0..k), the rows of a parent's interface.</summary>
    internal int Height { get; private set; }

    /// <summary>Gets R[k].</summary>
    internal int Inner { get; private set; }

    /// <summary>Gets J[k]·R[k+1], the columns of a slab.</summary>
    internal int Columns { get; private set; }

    /// <summary>Gets the length of a slab.</summary>
    internal int SlabLength => Inner * Columns;

    /// <summary>Gets the length of an interface of this level.</summary>
    internal long InterfaceLength => (long)Height * Columns;

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

    /// <summary>Gets or sets the core's address.</summary>
    internal float* Slabs { get; set; }

    /// <summary>Gets or sets the address of the core's gradient.</summary>
    internal float* SlabGradients { get; set; }

    /// <summary>Gets or sets where the interfaces are: in this level, or the caller's rows on the last.</summary>
    internal float* Output { get; set; }

    /// <summary>Gets or sets the elements between two interfaces.</summary>
    internal long OutputStride { get; set; }

    /// <summary>Gets or sets where the interfaces' gradients are: in this level, or the caller's on the last.</summary>
    internal float* OutputGradient { get; set; }

    /// <summary>Gets or sets the elements between two of them.</summary>
    internal long OutputGradientStride { get; set; }

    /// <summary>Gets where the nodes' contributions to their parents' gradients are.</summary>
    internal float* ChildGradients { get; private set; }

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes => sizeof(float) * (_digit.Length + _parent.Length + _childStart.Length + _sorted.Length + _swap.Length
        + _interfaces.Length + _interfaceGradients.Length + _childGradients.Length);

    /// <inheritdoc/>
    public void Dispose()
    {
        _digit.Dispose();
        _parent.Dispose();
        _childStart.Dispose();
        _sorted.Dispose();
        _swap.Dispose();
        _interfaces.Dispose();
        _interfaceGradients.Dispose();
        _childGradients.Dispose();
    }

    /// <summary>Takes the sizes of core k and makes room for the tree of a batch.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="core">k.</param>
    /// <param name="height">Π J[0..k).</param>
    /// <param name="nodes">The most nodes.</param>
    internal void Prepare(TtmShape shape, int core, int height, int nodes)
    {
        Core = core;
        Mode = shape.RowModes[core];
        Height = height;
        Inner = shape.Ranks[core];
        Columns = shape.ColumnModes[core] * shape.Ranks[core + 1];
        Count = 0;
        Grow(ref _digit, nodes);
        Grow(ref _parent, nodes);
        Grow(ref _childStart, nodes + 1L);
        Grow(ref _sorted, nodes);
        Grow(ref _swap, nodes);
        Digit = _digit.Pointer;
        Parent = _parent.Pointer;
        ChildStart = _childStart.Pointer;
        Sorted = _sorted.Pointer;
    }

    /// <summary>Makes room for the interfaces of this level's nodes.</summary>
    internal void UseOwnInterfaces()
    {
        Grow(ref _interfaces, Count * InterfaceLength);
        Output = _interfaces.Pointer;
        OutputStride = InterfaceLength;
    }

    /// <summary>Makes room for the gradients of this level's interfaces.</summary>
    internal void UseOwnInterfaceGradients()
    {
        Grow(ref _interfaceGradients, Count * InterfaceLength);
        OutputGradient = _interfaceGradients.Pointer;
        OutputGradientStride = InterfaceLength;
    }

    /// <summary>Makes room for what each node contributes to its parent's gradient.</summary>
    internal void PrepareChildGradients()
    {
        Grow(ref _childGradients, (long)Count * Height * Inner);
        ChildGradients = _childGradients.Pointer;
    }

    /// <summary>Gets what a node contributes to its parent's gradient: Π J[0..k) × R[k].</summary>
    /// <param name="node">The node.</param>
    /// <returns>The address.</returns>
    internal float* ChildGradient(int node) => ChildGradients + ((long)node * Height * Inner);

    /// <summary>Gets a node's interface.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The address.</returns>
    internal float* Interface(int node) => Core == 0 ? Slabs + ((long)Digit[node] * SlabLength) : Output + (node * OutputStride);

    /// <summary>Sorts the nodes by digit: radix sort, 11 bits a pass, stable; memory does not grow with the mode size.</summary>
    /// <param name="histogram">Scratch of 2048 counters.</param>
    internal void SortByDigit(Span<int> histogram)
    {
        int* from = _swap.Pointer;
        int* to = Sorted;
        int* digit = Digit;
        for (int node = 0; node < Count; node++)
        {
            from[node] = node;
        }

        int shift = 0;
        do
        {
            histogram.Clear();
            for (int node = 0; node < Count; node++)
            {
                histogram[(digit[node] >> shift) & 2047]++;
            }

            int start = 0;
            foreach (ref int bin in histogram)
            {
                (bin, start) = (start, start + bin);
            }

            for (int position = 0; position < Count; position++)
            {
                int node = from[position];
                to[histogram[(digit[node] >> shift) & 2047]++] = node;
            }

            int* spare = from;
            from = to;
            to = spare;
            shift += 11;
        }
        while (shift < 31 && (Mode - 1) >> shift != 0);

        if (from != Sorted)
        {
            (_sorted, _swap) = (_swap, _sorted);
            Sorted = _sorted.Pointer;
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

        int digit = Digit[Sorted[position - 1]];
        int low = position;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (Digit[Sorted[middle]] > digit)
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

    private static void Grow<T>(ref CpuBuffer<T> buffer, long length)
        where T : unmanaged
    {
        if (buffer.Length < length)
        {
            long grown = Math.Max(length, buffer.Length * 3 / 2);
            buffer.Dispose();
            buffer = new CpuBuffer<T>(grown);
        }
    }
}
