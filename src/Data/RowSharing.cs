namespace Dlrm.Data;

/// <summary>How several workers share the rows of an epoch.</summary>
public enum RowSharing
{
    /// <summary>Each worker reads files or row ranges of its own: nothing is decoded twice, but batches depend on the number of workers.</summary>
    Shards,

    /// <summary>Each worker takes its part of every batch: order, batches and places are those of one worker. Every worker decodes all rows.</summary>
    Batches,
}
