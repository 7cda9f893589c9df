using Dlrm.Data;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench;

/// <summary>Batches of random dense features, labels and Zipf ids, made ahead of time: nothing is read while training.</summary>
internal sealed class GeneratedBatches : IBatchSource
{
    private const int Kept = 8;
    private readonly Batch[] _batches;
    private readonly int _size;
    private long _row;
    private int _epoch;

    /// <summary>Initializes a new instance of the <see cref="GeneratedBatches"/> class.</summary>
    /// <param name="inputs">What the model is fed.</param>
    /// <param name="size">The samples of a batch.</param>
    /// <param name="count">The batches of an epoch; a few different ones come again and again.</param>
    internal GeneratedBatches(ModelInputs inputs, int size, long count)
    {
        DenseFeatures = inputs.DenseFeatures;
        Cardinalities = inputs.Cardinalities;
        Samples = size * count;
        _size = size;
        _batches = [.. Enumerable.Range(0, (int)Math.Min(Kept, count)).Select(part => Make(inputs, size, part))];
    }

    /// <inheritdoc/>
    public int DenseFeatures { get; }

    /// <inheritdoc/>
    public IReadOnlyList<long> Cardinalities { get; }

    /// <inheritdoc/>
    public long Samples { get; }

    /// <inheritdoc/>
    public DataCursor Cursor => new(_epoch, _row);

    /// <inheritdoc/>
    public TimeSpan WaitTime => TimeSpan.Zero;

    /// <summary>Makes a batch.</summary>
    /// <param name="inputs">What the model is fed.</param>
    /// <param name="size">The samples.</param>
    /// <param name="part">Which batch; the same for the same number.</param>
    /// <returns>The batch.</returns>
    internal static Batch Make(ModelInputs inputs, int size, int part)
    {
        Random random = new(part + 1);
        Batch batch = new(inputs.DenseFeatures, inputs.Names.Count);
        batch.Resize(size);
        foreach (ref float value in batch.Dense)
        {
            value = random.NextSingle();
        }

        foreach (ref float label in batch.Labels)
        {
            label = random.Next(4) == 0 ? 1 : 0;
        }

        for (int t = 0; t < batch.Sparse.Length; t++)
        {
            batch.Sparse[t] = JaggedIndices.OneHot(BenchIds.Draw(inputs.Cardinalities[t], size, isZipf: true, (part * batch.Sparse.Length) + t));
        }

        return batch;
    }

    /// <inheritdoc/>
    public void Seek(DataCursor cursor) => (_epoch, _row) = cursor;

    /// <inheritdoc/>
    public bool TryRead(out Batch batch)
    {
        batch = _batches[_row / _size % _batches.Length];
        if (_row >= Samples)
        {
            return false;
        }

        _row += _size;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
