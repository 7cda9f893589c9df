namespace Dlrm.Distributed;

/// <summary>One sum under way between threads: what each has given, and how many have taken the result.</summary>
/// <param name="workers">The number of workers.</param>
internal sealed class ThreadSum(int workers) : IDisposable
{
    private readonly float[][] _parts = new float[workers][];
    private readonly CountdownEvent _missing = new(workers);
    private int _taken;

    /// <summary>Gets a value indicating whether every worker has given its part.</summary>
    internal bool IsComplete => _missing.IsSet;

    /// <summary>Gets a value indicating whether every worker has the sum.</summary>
    internal bool IsTakenByAll => Volatile.Read(ref _taken) == workers;

    /// <inheritdoc/>
    public void Dispose() => _missing.Dispose();

    /// <summary>Gives a worker's part.</summary>
    /// <param name="rank">The worker.</param>
    /// <param name="values">Its values, not changed any more.</param>
    internal void Give(int rank, float[] values)
    {
        _parts[rank] = values;
        _missing.Signal();
    }

    /// <summary>Waits for the parts of all.</summary>
    /// <param name="left">Cancelled when a worker has left.</param>
    internal void WaitForAll(CancellationToken left)
    {
        try
        {
            _missing.Wait(left);
        }
        catch (OperationCanceledException) when (_missing.IsSet)
        {
            // What all have given is there, even when one of them has left since.
        }
    }

    /// <summary>Gets what a worker gave.</summary>
    /// <param name="rank">The worker.</param>
    /// <returns>Its values.</returns>
    internal float[] PartOf(int rank) => _parts[rank];

    /// <summary>Computes the sum, by rank upwards.</summary>
    /// <param name="values">Receives it.</param>
    internal void Take(Span<float> values)
    {
        _parts[0].CopyTo(values);
        for (int rank = 1; rank < _parts.Length; rank++)
        {
            System.Numerics.Tensors.TensorPrimitives.Add(values, _parts[rank], values);
        }

        Interlocked.Increment(ref _taken);
    }
}
