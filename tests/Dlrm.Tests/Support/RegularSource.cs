using Dlrm.Data;
using Dlrm.Numerics;

namespace Dlrm.Tests.Support;

/// <summary>Batches with the same number of distinct ids each: all 7 of table A, six neighbours of B and of C.</summary>
internal sealed class RegularSource(int batchSize, int batches) : IBatchSource
{
    internal const int Distinct = 6;
    private readonly Batch _batch = new(2, 3);
    private long _row;

    public int DenseFeatures => 2;

    public IReadOnlyList<long> Cardinalities { get; } = [7, 40, 90];

    public long Samples => (long)batchSize * batches;

    public DataCursor Cursor => new(0, _row);

    public TimeSpan WaitTime => TimeSpan.Zero;

    public void Seek(DataCursor cursor) => _row = cursor.Row;

    public bool TryRead(out Batch batch)
    {
        batch = _batch;
        if (_row >= Samples)
        {
            return false;
        }

        batch.Resize(batchSize);
        long first = _row / batchSize * Distinct;
        for (int f = 0; f < 3; f++)
        {
            long count = Cardinalities[f];
            batch.Sparse[f] = JaggedIndices.OneHot([.. Enumerable.Range(0, batchSize).Select(b => f == 0 ? b % count : (first + (b % Distinct)) % count)]);
        }

        for (int b = 0; b < batchSize; b++)
        {
            batch.Labels[b] = b % 2;
            batch.Dense[2 * b] = 0.1f * b;
            batch.Dense[(2 * b) + 1] = 1;
        }

        batch.FirstSample = _row;
        _row += batchSize;
        return true;
    }

    public void Dispose()
    {
    }
}
