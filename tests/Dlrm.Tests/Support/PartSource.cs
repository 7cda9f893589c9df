using Dlrm.Data;
using Dlrm.Numerics;

namespace Dlrm.Tests.Support;

/// <summary>One worker's part of every batch of a source.</summary>
internal sealed class PartSource(ClickSource whole, int worker, int workers, int batchSize) : IBatchSource
{
    private readonly Batch _part = new(whole.DenseFeatures, whole.Cardinalities.Count);

    public int DenseFeatures => whole.DenseFeatures;

    public IReadOnlyList<long> Cardinalities => whole.Cardinalities;

    public long Samples
    {
        get
        {
            (int first, int end) = Range(batchSize);
            (int restFirst, int restEnd) = Range((int)(whole.Samples % batchSize));
            return (whole.Samples / batchSize * (end - first)) + restEnd - restFirst;
        }
    }

    public RowSharing Sharing => RowSharing.Batches;

    public DataCursor Cursor => whole.Cursor;

    public TimeSpan WaitTime => TimeSpan.Zero;

    public void Seek(DataCursor cursor) => whole.Seek(cursor);

    public bool TryRead(out Batch batch)
    {
        batch = _part;
        if (!whole.TryRead(out Batch all))
        {
            return false;
        }

        (int first, int end) = Range(all.Size);
        _part.Resize(end - first);
        _part.FirstSample = all.FirstSample + first;
        all.Labels[first..end].CopyTo(_part.Labels);
        all.Dense[(first * DenseFeatures)..(end * DenseFeatures)].CopyTo(_part.Dense);
        for (int f = 0; f < all.Sparse.Length; f++)
        {
            JaggedIndices bags = all.Sparse[f];
            int start = bags.Offsets[first];
            _part.Sparse[f].Resize(end - first, bags.Offsets[end] - start, isWeighted: false);
            bags.Indices[start..bags.Offsets[end]].CopyTo(_part.Sparse[f].Indices);
            for (int b = first; b <= end; b++)
            {
                _part.Sparse[f].Offsets[b - first] = bags.Offsets[b] - start;
            }
        }

        return true;
    }

    public void Dispose() => whole.Dispose();

    private (int First, int End) Range(int samples) => ((int)((long)samples * worker / workers), (int)((long)samples * (worker + 1) / workers));
}
