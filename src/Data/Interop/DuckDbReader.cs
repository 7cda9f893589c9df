using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Gives the rows of a query chunk by chunk (at most 2,048 rows each) as spans over DuckDB's own memory.</summary>
/// <remarks>Spans are valid until the next <see cref="Read"/>. Reading allocates no managed memory.</remarks>
internal sealed unsafe class DuckDbReader : IDisposable
{
    private readonly ResultHandle _result;
    private readonly ChunkHandle _chunk = new();
    private readonly ColumnType[] _types;

    /// <summary>Initializes a new instance of the <see cref="DuckDbReader"/> class.</summary>
    /// <param name="result">The result; owned from now on.</param>
    internal DuckDbReader(ResultHandle result)
    {
        _result = result;
        _types = new ColumnType[(int)NativeMethods.ColumnCount(ref result.Value)];
        for (int c = 0; c < _types.Length; c++)
        {
            _types[c] = NativeMethods.ColumnTypeOf(ref result.Value, (ulong)c);
        }
    }

    /// <summary>Gets the number of columns.</summary>
    internal int Columns => _types.Length;

    /// <summary>Gets the number of rows of the current chunk.</summary>
    internal int Rows { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _chunk.Dispose();
        _result.Dispose();
    }

    /// <summary>Fetches the next chunk.</summary>
    /// <returns>False when there are no more rows.</returns>
    /// <exception cref="DuckDbException">DuckDB failed.</exception>
    internal bool Read()
    {
        do
        {
            _chunk.Replace(NativeMethods.FetchChunk(_result.Value));
            if (_chunk.Chunk == 0)
            {
                Rows = 0;
                nint error = NativeMethods.ResultError(ref _result.Value);
                return error == 0 ? false : throw new DuckDbException(DuckDbConnection.CopyText(error));
            }

            Rows = (int)NativeMethods.ChunkSize(_chunk.Chunk);
        }
        while (Rows == 0);

        return true;
    }

    /// <summary>Gets the type of a column.</summary>
    /// <param name="column">Its position.</param>
    /// <returns>The type.</returns>
    internal ColumnType TypeOf(int column) => _types[column];

    /// <summary>Gets the type of the elements of a list column.</summary>
    /// <param name="column">Its position.</param>
    /// <returns>The type.</returns>
    internal ColumnType ElementTypeOf(int column)
    {
        nint type = NativeMethods.ColumnLogicalType(ref _result.Value, (ulong)column);
        nint element = NativeMethods.ListChildType(type);
        ColumnType id = NativeMethods.TypeOf(element);
        NativeMethods.DestroyLogicalType(ref element);
        NativeMethods.DestroyLogicalType(ref type);
        return id;
    }

    /// <summary>Gets the name of a column.</summary>
    /// <param name="column">Its position.</param>
    /// <returns>The name.</returns>
    internal string NameOf(int column) => Marshal.PtrToStringUTF8(NativeMethods.ColumnName(ref _result.Value, (ulong)column)) ?? string.Empty;

    /// <summary>Views the values of a column; those of null rows are undefined.</summary>
    /// <typeparam name="T">The type in memory.</typeparam>
    /// <param name="column">Its position.</param>
    /// <returns>One value for each row.</returns>
    internal ReadOnlySpan<T> Column<T>(int column)
        where T : unmanaged
    {
        Debug.Assert(sizeof(T) == SizeOf(_types[column]), "The span's type is the column's.");
        return new ReadOnlySpan<T>(NativeMethods.VectorData(Vector(column)), Rows);
    }

    /// <summary>Views the validity of a column: bit r of word r / 64 is set when row r has a value.</summary>
    /// <param name="column">Its position.</param>
    /// <returns>The words, or nothing when every row has a value.</returns>
    internal ReadOnlySpan<ulong> Validity(int column) => Words(Vector(column), Rows);

    /// <summary>Views the elements of all lists of a list column.</summary>
    /// <typeparam name="T">The type in memory.</typeparam>
    /// <param name="column">Its position.</param>
    /// <returns>The elements.</returns>
    internal ReadOnlySpan<T> Elements<T>(int column)
        where T : unmanaged
    {
        nint vector = Vector(column);
        return new ReadOnlySpan<T>(NativeMethods.VectorData(NativeMethods.ListChild(vector)), (int)NativeMethods.ListSize(vector));
    }

    /// <summary>Views the validity of the elements of a list column.</summary>
    /// <param name="column">Its position.</param>
    /// <returns>The words, or nothing when every element has a value.</returns>
    internal ReadOnlySpan<ulong> ElementValidity(int column)
    {
        nint vector = Vector(column);
        return Words(NativeMethods.ListChild(vector), (int)NativeMethods.ListSize(vector));
    }

    private static ReadOnlySpan<ulong> Words(nint vector, int rows)
    {
        ulong* words = NativeMethods.VectorValidity(vector);
        return words is null ? default : new ReadOnlySpan<ulong>(words, (rows + 63) / 64);
    }

    private static int SizeOf(ColumnType type) => type switch
    {
        ColumnType.Boolean or ColumnType.TinyInt or ColumnType.UTinyInt => 1,
        ColumnType.SmallInt or ColumnType.USmallInt => 2,
        ColumnType.Integer or ColumnType.UInteger or ColumnType.Float => 4,
        ColumnType.BigInt or ColumnType.UBigInt or ColumnType.Double => 8,
        _ => 16,
    };

    private nint Vector(int column) => NativeMethods.ChunkVector(_chunk.Chunk, (ulong)column);
}
