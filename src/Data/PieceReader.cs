using System.Globalization;

namespace Dlrm.Data;

/// <summary>Reads a worker's rows of one epoch, piece after piece, into row blocks.</summary>
internal sealed class PieceReader : IDisposable
{
    private readonly DuckDbConnection _connection;
    private readonly DatasetSchema _schema;
    private readonly ShardPiece[] _pieces;
    private DuckDbReader? _reader;
    private int _next;
    private long _pieceRow;
    private long _chunkFirst;

    /// <summary>Initializes a new instance of the <see cref="PieceReader"/> class.</summary>
    /// <param name="connection">The database; stays the caller's, and is used by this reader alone meanwhile.</param>
    /// <param name="schema">The columns.</param>
    /// <param name="pieces">The pieces in order.</param>
    /// <param name="skip">The rows to pass over first.</param>
    internal PieceReader(DuckDbConnection connection, DatasetSchema schema, ShardPiece[] pieces, long skip)
    {
        _connection = connection;
        _schema = schema;
        _pieces = pieces;
        while (_next < pieces.Length && skip >= pieces[_next].Rows)
        {
            skip -= pieces[_next++].Rows;
        }

        _pieceRow = skip;
    }

    private ShardPiece Piece => _pieces[_next];

    /// <inheritdoc/>
    public void Dispose() => _reader?.Dispose();

    /// <summary>Appends rows until the block is full or there are no more.</summary>
    /// <param name="block">The block.</param>
    /// <exception cref="DataFormatException">A file can't be read as what it should be.</exception>
    internal void Fill(RowBlock block)
    {
        while (block.Rows < block.Capacity && _next < _pieces.Length)
        {
            if (_reader is null)
            {
                Open();
            }

            try
            {
                if (_chunkFirst == _reader!.Rows)
                {
                    _chunkFirst = 0;
                    if (!_reader.Read())
                    {
                        EndPiece();
                        continue;
                    }
                }
            }
            catch (DuckDbException exception)
            {
                throw exception.At(Piece.Path);
            }

            int count = (int)Math.Min(_reader.Rows - _chunkFirst, block.Capacity - block.Rows);
            if (_pieceRow + count > Piece.Rows)
            {
                throw WrongLength(Piece, "more");
            }

            block.Append(_reader, (int)_chunkFirst, count, Piece.Path, Piece.First + _pieceRow);
            _chunkFirst += count;
            _pieceRow += count;
        }
    }

    private static DataFormatException WrongLength(ShardPiece piece, string direction) =>
        new($"{piece.Path} has {direction} rows than the {piece.FileRows} that {DatasetSchema.FileName} counts: copy the whole folder, or convert again.");

    private void Open()
    {
        ShardPiece piece = Piece;
        try
        {
            string select = ColumnSelection.Make(_connection, _schema, piece.Path);
            string file = DuckDbConnection.FileLiteral(piece.Path);
            long first = piece.First + _pieceRow;
            _reader = _connection.Query(piece.IsWhole && _pieceRow == 0
                ? $"SELECT {select} FROM read_parquet({file})"
                : string.Create(CultureInfo.InvariantCulture, $"SELECT {select} FROM read_parquet({file}, file_row_number = true) WHERE file_row_number >= {first} AND file_row_number < {piece.First + piece.Rows}"));
            _chunkFirst = 0;
        }
        catch (DuckDbException exception)
        {
            throw exception.At(piece.Path);
        }
    }

    private void EndPiece()
    {
        if (_pieceRow != Piece.Rows)
        {
            throw WrongLength(Piece, "fewer");
        }

        _reader!.Dispose();
        _reader = null;
        _pieceRow = 0;
        _next++;
    }
}
