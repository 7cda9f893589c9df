using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Memory in which tensorised layers of a model lay out weights and their gradients for a moment; all of them share it, and nothing in it outlives a call.</summary>
public sealed class LinearScratch : IDisposable
{
    private readonly GrowingMatrix[] _slots;

    /// <summary>Initializes a new instance of the <see cref="LinearScratch"/> class without memory.</summary>
    /// <param name="device">The device.</param>
    public LinearScratch(IDevice device)
    {
        _slots = [.. Enumerable.Range(0, 5).Select(_ => new GrowingMatrix(device, 1))];
    }

    /// <summary>Views a matrix; its entries are whatever is there.</summary>
    /// <param name="slot">Which memory: matrices in use at the same time need different ones, in [0, 5).</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <returns>The matrix, good until the slot is asked for again.</returns>
    internal Matrix View(int slot, int rows, int columns) => new(_slots[slot].Resize(checked(rows * columns)).Buffer, rows, columns);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (GrowingMatrix slot in _slots)
        {
            slot.Dispose();
        }
    }
}
