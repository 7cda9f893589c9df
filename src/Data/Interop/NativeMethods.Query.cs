using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <content>Prepared statements, pending and streaming results: https://duckdb.org/docs/stable/clients/c/query and …/prepared.</content>
internal static partial class NativeMethods
{
    [LibraryImport(DuckDb, EntryPoint = "duckdb_prepare", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Prepare(ConnectionHandle connection, string query, out StatementHandle statement);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_prepare_error")]
    internal static partial nint PrepareError(StatementHandle statement);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_destroy_prepare")]
    internal static partial void DestroyPrepare(ref nint statement);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_pending_prepared")]
    internal static partial int PendingPrepared(StatementHandle statement, out PendingHandle pending);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_pending_prepared_streaming")]
    internal static partial int PendingPreparedStreaming(StatementHandle statement, out PendingHandle pending);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_pending_error")]
    internal static partial nint PendingError(PendingHandle pending);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_pending_execute_task")]
    internal static partial PendingState PendingExecuteTask(PendingHandle pending);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_execute_pending")]
    internal static partial int ExecutePending(PendingHandle pending, ref NativeResult result);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_destroy_pending")]
    internal static partial void DestroyPending(ref nint pending);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_destroy_result")]
    internal static partial void DestroyResult(ref NativeResult result);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_result_error")]
    internal static partial nint ResultError(ref NativeResult result);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_result_error_type")]
    internal static partial int ResultErrorType(ref NativeResult result);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_column_count")]
    internal static partial ulong ColumnCount(ref NativeResult result);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_column_name")]
    internal static partial nint ColumnName(ref NativeResult result, ulong column);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_column_type")]
    internal static partial ColumnType ColumnTypeOf(ref NativeResult result, ulong column);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_column_logical_type")]
    internal static partial nint ColumnLogicalType(ref NativeResult result, ulong column);

    // By value, as the C API declares it: 48 bytes on the stack.
    [LibraryImport(DuckDb, EntryPoint = "duckdb_fetch_chunk")]
    internal static partial nint FetchChunk(NativeResult result);
}
