using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Reads a matrix of weights block by block as its last unfolding X: rows (prefix, outer column) × columns (last row mode, last column mode).</summary>
internal sealed class UnfoldedBlocks
{
    /// <summary>The elements of a block.</summary>
    internal const long BlockLength = 4L << 20;

    private readonly IDevice _device;
    private readonly IRowSource _source;
    private readonly IProgress<double>? _progress;
    private readonly int _lastRows;
    private readonly int _lastColumns;
    private readonly int _outerColumns;
    private readonly long _prefixes;
    private float[]? _whole;
    private long _rowsRead;

    /// <summary>Initializes a new instance of the <see cref="UnfoldedBlocks"/> class.</summary>
    /// <param name="device">Holds the blocks.</param>
    /// <param name="source">The matrix.</param>
    /// <param name="lastRows">The last row mode.</param>
    /// <param name="lastColumns">The last column mode.</param>
    /// <param name="progress">Receives the share of the rows read, or null.</param>
    internal UnfoldedBlocks(IDevice device, IRowSource source, int lastRows, int lastColumns, IProgress<double>? progress)
    {
        _device = device;
        _source = source;
        _progress = progress;
        _lastRows = lastRows;
        _lastColumns = lastColumns;
        _outerColumns = source.Columns / lastColumns;
        _prefixes = (source.Rows + lastRows - 1) / lastRows;
    }

    /// <summary>Gets the columns of X.</summary>
    internal int Width => _lastRows * _lastColumns;

    /// <summary>Gets the rows of X that the matrix has.</summary>
    internal long Height => _prefixes * _outerColumns;

    /// <summary>Gets or sets how often the matrix will be read, for the progress.</summary>
    internal int Passes { get; set; } = 1;

    /// <summary>Reads the matrix once.</summary>
    /// <param name="columns">The columns of a second matrix with as many rows as the block, for products.</param>
    /// <param name="use">Receives the block, the second matrix, and the number of the block's first row in X.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    internal void ForEach(int columns, Action<Matrix, Matrix, long> use, CancellationToken cancellation)
    {
        int prefixesInBlock = (int)Math.Clamp(BlockLength / ((long)_lastRows * _source.Columns), 1, _prefixes);
        float[] rows = _whole is null ? GC.AllocateUninitializedArray<float>(prefixesInBlock * _lastRows * _source.Columns) : [];
        float[] block = _whole ?? (_outerColumns == 1 ? rows : GC.AllocateUninitializedArray<float>(rows.Length));
        using DeviceBuffer<float> buffer = _device.Allocate<float>(block.Length);
        using DeviceBuffer<float> products = _device.Allocate<float>((long)prefixesInBlock * _outerColumns * columns);
        for (long prefix = 0; prefix < _prefixes; prefix += prefixesInBlock)
        {
            cancellation.ThrowIfCancellationRequested();
            int prefixes = (int)Math.Min(prefixesInBlock, _prefixes - prefix);
            if (_whole is null)
            {
                Read(prefix, prefixes, rows, block);
            }

            int height = prefixes * _outerColumns;
            buffer.CopyFrom(block.AsSpan(0, height * Width));
            use(new Matrix(buffer, height, Width), new Matrix(products, height, columns), prefix * _outerColumns);
            _rowsRead += Math.Min((long)prefixes * _lastRows, _source.Rows - (prefix * _lastRows));
            _progress?.Report((double)_rowsRead / (Passes * _source.Rows));
        }

        // A matrix of one block is read once, however many passes there are.
        _whole = prefixesInBlock == _prefixes ? block : null;
    }

    private void Read(long prefix, int prefixes, float[] rows, float[] block)
    {
        long firstRow = prefix * _lastRows;
        int present = (int)Math.Min((long)prefixes * _lastRows, _source.Rows - firstRow);
        _source.Read(firstRow, present, rows.AsSpan(0, present * _source.Columns));
        rows.AsSpan(present * _source.Columns).Clear();
        if (_outerColumns > 1)
        {
            BringColumnsForward(rows, block, prefixes);
        }
    }

    /// <summary>Moves the outer columns before the last row mode.</summary>
    private void BringColumnsForward(ReadOnlySpan<float> rows, Span<float> block, int prefixes)
    {
        int from = 0;
        for (int p = 0; p < prefixes; p++)
        {
            for (int i = 0; i < _lastRows; i++)
            {
                for (int outer = 0; outer < _outerColumns; outer++)
                {
                    int to = (((p * _outerColumns) + outer) * Width) + (i * _lastColumns);
                    for (int j = 0; j < _lastColumns; j++)
                    {
                        block[to + j] = rows[from++];
                    }
                }
            }
        }
    }
}
