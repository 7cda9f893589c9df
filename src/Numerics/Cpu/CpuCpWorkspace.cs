namespace Dlrm.Numerics.Cpu;

/// <summary>Holds both sides' products of one batch and their gradients.</summary>
/// <remarks>Memory is proportional to the largest batch seen and to J, not to the number of rows of the table.</remarks>
internal sealed unsafe class CpuCpWorkspace : ICpWorkspace
{
    private readonly ScratchBuffer<long> _columns = new();

    /// <inheritdoc/>
    public long Bytes => Rows.Bytes + Columns.Bytes + _columns.Bytes;

    /// <summary>Gets H, the Hadamard products of the gathered rows of the row factors: (U, R).</summary>
    internal CpProducts Rows { get; } = new();

    /// <summary>Gets C, the Khatri-Rao product of the column factors: (J, R).</summary>
    internal CpProducts Columns { get; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        Rows.Dispose();
        Columns.Dispose();
        _columns.Dispose();
    }

    /// <summary>Lists all columns.</summary>
    /// <param name="count">J.</param>
    /// <returns>0 … J − 1.</returns>
    internal long* AllColumns(int count)
    {
        long* columns = _columns.Get(count);
        for (int j = 0; j < count; j++)
        {
            columns[j] = j;
        }

        return columns;
    }
}
