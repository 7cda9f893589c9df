using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>One level of a batch's tree of row prefixes: a node is a distinct prefix (i0..ik) of the unique rows.</summary>
/// <remarks>
/// <code>
/// interface(node) = interface(parent) · slab(digit)      (Π J[0..k)) × R[k]  times  R[k] × (J[k]·R[k+1])
/// </code>
/// <para>The interface of a node of level 0 is its slab, where it stands.</para>
/// </remarks>
internal sealed unsafe class TtmLevel : IDisposable
{
    private readonly ScratchBuffer<float> _interfaces = new();
    private readonly ScratchBuffer<float> _interfaceGradients = new();
    private readonly ScratchBuffer<float> _childGradients = new();
    private readonly PrefixLevel _prefixes;

    /// <summary>Initializes a new instance of the <see cref="TtmLevel"/> class.</summary>
    /// <param name="prefixes">The nodes; the caller's.</param>
    internal TtmLevel(PrefixLevel prefixes)
    {
        _prefixes = prefixes;
    }

    /// <summary>Gets the core's number k.</summary>
    internal int Core { get; private set; }

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

    /// <summary>Gets the number of nodes.</summary>
    internal int Count => _prefixes.Count;

    /// <summary>Gets the nodes' last digits.</summary>
    internal int* Digit => _prefixes.Digit;

    /// <summary>Gets the nodes' parents, positions in the level before.</summary>
    internal int* Parent => _prefixes.Parent;

    /// <summary>Gets the first child of every node, and one more: the number of nodes of the next level.</summary>
    internal int* ChildStart => _prefixes.ChildStart;

    /// <summary>Gets the nodes sorted by digit.</summary>
    internal int* Sorted => _prefixes.Sorted;

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
    internal long Bytes => _interfaces.Bytes + _interfaceGradients.Bytes + _childGradients.Bytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interfaces.Dispose();
        _interfaceGradients.Dispose();
        _childGradients.Dispose();
    }

    /// <summary>Takes the sizes of core k.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="core">k.</param>
    /// <param name="height">Π J[0..k).</param>
    internal void Prepare(TtmShape shape, int core, int height)
    {
        Core = core;
        Height = height;
        Inner = shape.Ranks[core];
        Columns = shape.ColumnModes[core] * shape.Ranks[core + 1];
    }

    /// <summary>Makes room for the interfaces of this level's nodes.</summary>
    internal void UseOwnInterfaces()
    {
        Output = _interfaces.Get(Count * InterfaceLength);
        OutputStride = InterfaceLength;
    }

    /// <summary>Makes room for the gradients of this level's interfaces.</summary>
    internal void UseOwnInterfaceGradients()
    {
        OutputGradient = _interfaceGradients.Get(Count * InterfaceLength);
        OutputGradientStride = InterfaceLength;
    }

    /// <summary>Makes room for what each node contributes to its parent's gradient.</summary>
    internal void PrepareChildGradients()
    {
        ChildGradients = _childGradients.Get((long)Count * Height * Inner);
    }

    /// <summary>Gets what a node contributes to its parent's gradient: Π J[0..k) × R[k].</summary>
    /// <param name="node">The node.</param>
    /// <returns>The address.</returns>
    internal float* ChildGradient(int node) => ChildGradients + ((long)node * Height * Inner);

    /// <summary>Gets a node's interface.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The address.</returns>
    internal float* Interface(int node) => Interfaces().Of(node);

    /// <summary>Gets the nodes' interfaces.</summary>
    /// <returns>Their addresses.</returns>
    internal NodeBlocks Interfaces() => Core == 0 ? new(Slabs, SlabLength, Digit) : new(Output, OutputStride);

    /// <summary>Gets a value indicating whether <see cref="NarrowSlabKernels"/> do the work of this level.</summary>
    internal bool IsNarrow => NarrowSlabKernels.Fits(Height, Columns);

    /// <summary>Sorts the nodes by digit, unless that was done since the tree was built.</summary>
    internal void SortByDigit() => _prefixes.SortByDigit();

    /// <summary>Finds the first node of a digit.</summary>
    /// <param name="digit">The digit.</param>
    /// <returns>The position of the first sorted node whose digit is not below it.</returns>
    internal int LowerBound(int digit) => _prefixes.LowerBound(digit);

    /// <summary>Finds where the group of a digit begins, so that a piece starts with a whole group.</summary>
    /// <param name="position">A position among the sorted nodes.</param>
    /// <returns>The first position at or after it whose digit differs from the one before.</returns>
    internal int GroupBoundary(int position) => _prefixes.GroupBoundary(position);
}
