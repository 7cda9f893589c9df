namespace Dlrm.Embeddings;

/// <summary>A matrix of weights that is read in runs of rows, because it may be larger than memory.</summary>
public interface IRowSource
{
    /// <summary>Gets the number of rows.</summary>
    long Rows { get; }

    /// <summary>Gets the number of columns.</summary>
    int Columns { get; }

    /// <summary>Reads consecutive rows.</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="count">How many; all exist.</param>
    /// <param name="values">Receives count · Columns numbers, row-major.</param>
    void Read(long firstRow, int count, Span<float> values);
}
