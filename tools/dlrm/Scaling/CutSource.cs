using Dlrm.Data;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Scaling;

/// <summary>Batches whose ids are folded into smaller tables: <c>id mod rows</c>. Nearly as many of them are distinct as before.</summary>
/// <param name="whole">The batches; disposed with this.</param>
/// <param name="rows">The rows of each table, at most those of the batches.</param>
internal sealed class CutSource(IBatchSource whole, IReadOnlyList<long> rows) : IBatchSource
{
    /// <inheritdoc/>
    public int DenseFeatures => whole.DenseFeatures;

    /// <inheritdoc/>
    public IReadOnlyList<long> Cardinalities => rows;

    /// <inheritdoc/>
    public long Samples => whole.Samples;

    /// <inheritdoc/>
    public DataCursor Cursor => whole.Cursor;

    /// <inheritdoc/>
    public TimeSpan WaitTime => whole.WaitTime;

    /// <inheritdoc/>
    public void Seek(DataCursor cursor) => whole.Seek(cursor);

    /// <inheritdoc/>
    public bool TryRead(out Batch batch)
    {
        if (!whole.TryRead(out batch))
        {
            return false;
        }

        for (int t = 0; t < rows.Count; t++)
        {
            if (rows[t] < whole.Cardinalities[t])
            {
                foreach (ref long id in batch.Sparse[t].Indices)
                {
                    id %= rows[t];
                }
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => whole.Dispose();
}
