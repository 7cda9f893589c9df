namespace Dlrm.Weights;

/// <summary>Something in a file that was not understood and therefore only recorded: nothing of it was run.</summary>
/// <param name="Name">The global's name, "module.name", or what else it is.</param>
/// <param name="Nodes">How many objects it would have made; 0 when it was only named.</param>
public sealed record OpaqueNode(string Name, long Nodes);
