using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Grouping of indices and pooling of bags.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void GroupRows(JaggedIndices bags, RowGroups groups)
    {
        long start = Start();
        inner.GroupRows(bags, groups);
        Stop(start, nameof(GroupRows), 0, 3L * bags.Count * sizeof(long) / sizeof(float));
    }

    /// <inheritdoc/>
    public void PoolUniqueRows(Matrix rows, RowGroups groups, PoolingType pooling, Matrix output)
    {
        long start = Start();
        inner.PoolUniqueRows(rows, groups, pooling, output);
        Stop(start, nameof(PoolUniqueRows), (double)groups.Count * rows.Columns, ((double)groups.Count + output.Rows) * rows.Columns);
    }

    /// <inheritdoc/>
    public void PoolTableRows(Matrix table, RowGroups groups, PoolingType pooling, Matrix output)
    {
        long start = Start();
        inner.PoolTableRows(table, groups, pooling, output);
        Stop(start, nameof(PoolTableRows), (double)groups.Count * table.Columns, ((double)groups.Count + output.Rows) * table.Columns);
    }

    /// <inheritdoc/>
    public void UniqueRowGradients(RowGroups groups, PoolingType pooling, Matrix outputGradient, Matrix rowGradients)
    {
        long start = Start();
        inner.UniqueRowGradients(groups, pooling, outputGradient, rowGradients);
        Stop(start, nameof(UniqueRowGradients), (double)groups.Count * rowGradients.Columns, ((double)groups.Count + groups.UniqueCount) * rowGradients.Columns);
    }

    /// <inheritdoc/>
    public void AddToRows(RowGroups groups, Matrix rowValues, float scale, Matrix table)
    {
        long start = Start();
        inner.AddToRows(groups, rowValues, scale, table);
        Stop(start, nameof(AddToRows), (double)groups.UniqueCount * table.Columns, 3.0 * groups.UniqueCount * table.Columns);
    }
}
