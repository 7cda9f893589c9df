namespace Dlrm.Data.Interop;

/// <summary>Appends rows to a table through one reused data chunk.</summary>
/// <remarks>Fill <see cref="Column{T}"/> (and lists) for up to <see cref="Capacity"/> rows, then <see cref="Append"/>; <see cref="Complete"/> at the end.</remarks>
internal sealed unsafe class DuckDbAppender : IDisposable
{
    private readonly AppenderHandle _appender;
    private readonly ChunkHandle _chunk = new();

    /// <summary>Initializes a new instance of the <see cref="DuckDbAppender"/> class.</summary>
    /// <param name="appender">The native appender; owned from now on.</param>
    /// <param name="state">What its creation returned.</param>
    internal DuckDbAppender(AppenderHandle appender, int state)
    {
        _appender = appender;
        try
        {
            Check(state);
            int columns = (int)NativeMethods.AppenderColumnCount(appender);
            nint[] types = new nint[columns];
            for (int c = 0; c < columns; c++)
            {
                types[c] = NativeMethods.AppenderColumnType(appender, (ulong)c);
            }

            fixed (nint* first = types)
            {
                _chunk.Replace(NativeMethods.CreateDataChunk(first, (ulong)columns));
            }

            for (int c = 0; c < columns; c++)
            {
                NativeMethods.DestroyLogicalType(ref types[c]);
            }
        }
        catch (DuckDbException)
        {
            _appender.Dispose();
            throw;
        }
    }

    /// <summary>Gets the rows that one chunk holds.</summary>
    internal static int Capacity { get; } = ReadVectorSize();

    /// <inheritdoc/>
    public void Dispose()
    {
        _chunk.Dispose();
        _appender.Dispose();
    }

    /// <summary>Views the values of a column for writing.</summary>
    /// <typeparam name="T">The type in memory.</typeparam>
    /// <param name="column">Its position.</param>
    /// <returns><see cref="Capacity"/> values.</returns>
    internal Span<T> Column<T>(int column)
        where T : unmanaged => new(NativeMethods.VectorData(Vector(column)), Capacity);

    /// <summary>Makes room for the elements of all lists of a list column, and views them for writing.</summary>
    /// <typeparam name="T">The type in memory.</typeparam>
    /// <param name="column">Its position.</param>
    /// <param name="count">The number of elements over all rows.</param>
    /// <returns>The elements.</returns>
    internal Span<T> Elements<T>(int column, int count)
        where T : unmanaged
    {
        nint vector = Vector(column);
        Check(NativeMethods.ReserveList(vector, (ulong)count));
        Check(NativeMethods.SetListSize(vector, (ulong)count));
        return new Span<T>(NativeMethods.VectorData(NativeMethods.ListChild(vector)), count);
    }

    /// <summary>Sets a text.</summary>
    /// <param name="column">The column's position.</param>
    /// <param name="row">The row within the chunk.</param>
    /// <param name="text">UTF-8 bytes.</param>
    internal void SetText(int column, int row, ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text)
        {
            NativeMethods.AssignString(Vector(column), (ulong)row, first, (ulong)text.Length);
        }
    }

    /// <summary>Appends the rows filled and empties the chunk.</summary>
    /// <param name="rows">Their number.</param>
    /// <exception cref="DuckDbException">DuckDB failed, for example for want of memory.</exception>
    internal void Append(int rows)
    {
        NativeMethods.SetChunkSize(_chunk.Chunk, (ulong)rows);
        Check(NativeMethods.AppendDataChunk(_appender, _chunk.Chunk));
        NativeMethods.ResetChunk(_chunk.Chunk);
    }

    /// <summary>Writes what is left to the table.</summary>
    /// <exception cref="DuckDbException">DuckDB failed.</exception>
    internal void Complete() => Check(NativeMethods.CloseAppender(_appender));

    // May be the first call of all into the library, before any connection is open.
    private static int ReadVectorSize()
    {
        DuckDbLibrary.Register();
        return (int)NativeMethods.VectorSize();
    }

    private nint Vector(int column) => NativeMethods.ChunkVector(_chunk.Chunk, (ulong)column);

    private void Check(int state)
    {
        if (state != NativeMethods.Success)
        {
            throw new DuckDbException(DuckDbConnection.CopyText(NativeMethods.AppenderError(_appender)));
        }
    }
}
