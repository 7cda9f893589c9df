using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <content>Data chunks, vectors, logical types and the appender: https://duckdb.org/docs/stable/clients/c/data_chunk, …/vector, …/types, …/appender.</content>
/// <remarks>The calls without a transition of the garbage collector only read or write a field.</remarks>
internal static partial class NativeMethods
{
    [LibraryImport(DuckDb, EntryPoint = "duckdb_vector_size")]
    internal static partial ulong VectorSize();

    [LibraryImport(DuckDb, EntryPoint = "duckdb_create_data_chunk")]
    internal static unsafe partial nint CreateDataChunk(nint* types, ulong columns);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_destroy_data_chunk")]
    internal static partial void DestroyDataChunk(ref nint chunk);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_data_chunk_reset")]
    internal static partial void ResetChunk(nint chunk);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_data_chunk_get_size"), SuppressGCTransition]
    internal static partial ulong ChunkSize(nint chunk);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_data_chunk_set_size"), SuppressGCTransition]
    internal static partial void SetChunkSize(nint chunk, ulong size);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_data_chunk_get_vector"), SuppressGCTransition]
    internal static partial nint ChunkVector(nint chunk, ulong column);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_vector_get_data"), SuppressGCTransition]
    internal static unsafe partial void* VectorData(nint vector);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_vector_get_validity"), SuppressGCTransition]
    internal static unsafe partial ulong* VectorValidity(nint vector);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_vector_assign_string_element_len")]
    internal static unsafe partial void AssignString(nint vector, ulong row, byte* text, ulong length);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_list_vector_get_child"), SuppressGCTransition]
    internal static partial nint ListChild(nint vector);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_list_vector_get_size"), SuppressGCTransition]
    internal static partial ulong ListSize(nint vector);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_list_vector_set_size")]
    internal static partial int SetListSize(nint vector, ulong size);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_list_vector_reserve")]
    internal static partial int ReserveList(nint vector, ulong capacity);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_destroy_logical_type")]
    internal static partial void DestroyLogicalType(ref nint type);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_list_type_child_type")]
    internal static partial nint ListChildType(nint type);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_get_type_id")]
    internal static partial ColumnType TypeOf(nint type);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_appender_create", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int CreateAppender(ConnectionHandle connection, string? schema, string table, out AppenderHandle appender);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_appender_column_count")]
    internal static partial ulong AppenderColumnCount(AppenderHandle appender);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_appender_column_type")]
    internal static partial nint AppenderColumnType(AppenderHandle appender, ulong column);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_append_data_chunk")]
    internal static partial int AppendDataChunk(AppenderHandle appender, nint chunk);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_appender_close")]
    internal static partial int CloseAppender(AppenderHandle appender);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_appender_error")]
    internal static partial nint AppenderError(AppenderHandle appender);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_appender_destroy")]
    internal static partial int DestroyAppender(ref nint appender);
}
