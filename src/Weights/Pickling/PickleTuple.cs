namespace Dlrm.Weights.Pickling;

/// <summary>A tuple.</summary>
/// <param name="items">Its items.</param>
internal sealed class PickleTuple(object?[] items)
{
    /// <summary>Gets the items.</summary>
    internal object?[] Items => items;
}
