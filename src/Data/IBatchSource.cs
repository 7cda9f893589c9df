using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Gives the batches of one split of a dataset, in a seeded order, each row exactly once per epoch over all workers.</summary>
public interface IBatchSource : IDisposable
{
    /// <summary>Gets the number of dense features.</summary>
    int DenseFeatures { get; }

    /// <summary>Gets the number of rows of each sparse feature's table.</summary>
    IReadOnlyList<long> Cardinalities { get; }

    /// <summary>Gets the samples of one epoch on this worker.</summary>
    long Samples { get; }

    /// <summary>Gets how workers share the rows; with <see cref="RowSharing.Batches"/> a place counts the rows of all workers.</summary>
    RowSharing Sharing => RowSharing.Shards;

    /// <summary>Gets the place right after the last batch that <see cref="TryRead"/> gave: reading from it continues with the very next row.</summary>
    DataCursor Cursor { get; }

    /// <summary>Gets the time that <see cref="TryRead"/> waited for data, since the source was opened.</summary>
    TimeSpan WaitTime { get; }

    /// <summary>Starts reading at a place.</summary>
    /// <param name="cursor">The place; <see cref="DataCursor.Start"/> of an epoch for its beginning.</param>
    void Seek(DataCursor cursor);

    /// <summary>Reads the next batch of the current epoch.</summary>
    /// <param name="batch">Receives the batch; valid until the next call. Smaller than the batch size only at the end of the epoch; a worker's part of the last batch may have no sample.</param>
    /// <returns>False when the epoch has ended; <see cref="Seek"/> to the next one goes on.</returns>
    bool TryRead(out Batch batch);
}
