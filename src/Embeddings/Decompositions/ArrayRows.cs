namespace Dlrm.Embeddings;

/// <summary>A matrix of weights in memory.</summary>
/// <param name="numbers">The numbers, row-major.</param>
/// <param name="columns">The number of columns.</param>
public sealed class ArrayRows(ReadOnlyMemory<float> numbers, int columns) : IRowSource
{
    /// <inheritdoc/>
    public long Rows => numbers.Length / columns;

    /// <inheritdoc/>
    public int Columns => columns;

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values) =>
        numbers.Span.Slice(checked((int)(firstRow * columns)), count * columns).CopyTo(values);
}
