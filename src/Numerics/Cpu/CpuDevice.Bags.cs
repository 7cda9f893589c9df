namespace Dlrm.Numerics.Cpu;

/// <content>Grouping of indices and pooling of bags.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public void GroupRows(JaggedIndices bags, RowGroups groups) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void PoolUniqueRows(Matrix rows, RowGroups groups, PoolingType pooling, Matrix output) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void PoolTableRows(Matrix table, RowGroups groups, PoolingType pooling, Matrix output) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void UniqueRowGradients(RowGroups groups, PoolingType pooling, Matrix outputGradient, Matrix rowGradients) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void AddToRows(RowGroups groups, Matrix rowValues, float scale, Matrix table) => throw new NotImplementedException();
}
