using System.Runtime.InteropServices;

namespace Dlrm.Weights.Pickling;

/// <summary>Counts, by name, what was not understood.</summary>
internal sealed class OpaqueRegistry
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Gets the counts, the most frequent first.</summary>
    internal IReadOnlyList<OpaqueNode> Nodes =>
        [.. _counts.Select(static pair => new OpaqueNode(pair.Key, pair.Value)).OrderByDescending(static node => node.Nodes).ThenBy(static node => node.Name, StringComparer.Ordinal)];

    /// <summary>Counts a name.</summary>
    /// <param name="name">The name; its memory was charged when it was read.</param>
    /// <param name="nodes">How many objects it stands for: 0 when it is only named.</param>
    internal void Add(string name, int nodes) => CollectionsMarshal.GetValueRefOrAddDefault(_counts, name, out _) += nodes;
}
