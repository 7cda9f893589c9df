using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Cpu;

/// <summary>Addresses of one block of numbers for each node of a level: an interface, its gradient, or what a child gives.</summary>
/// <remarks>A copy of a level's fields, which stay in registers while nodes are walked.</remarks>
/// <param name="first">The block of index 0.</param>
/// <param name="stride">Elements between two blocks.</param>
/// <param name="index">The block of each node; null: its number.</param>
internal readonly unsafe struct NodeBlocks(float* first, long stride, int* index = null)
{
    private readonly float* _first = first;
    private readonly long _stride = stride;
    private readonly int* _index = index;

    /// <summary>Gets a node's block.</summary>
    /// <param name="node">The node.</param>
    /// <returns>Its address.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float* Of(int node) => _first + ((_index is null ? node : _index[node]) * _stride);
}
