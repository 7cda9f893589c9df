using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <content>Open and connect: https://duckdb.org/docs/stable/clients/c/connect and …/config.</content>
internal static partial class NativeMethods
{
    [LibraryImport(DuckDb, EntryPoint = "duckdb_create_config")]
    internal static partial int CreateConfig(out nint config);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_set_config", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SetConfig(nint config, string name, string option);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_destroy_config")]
    internal static partial void DestroyConfig(ref nint config);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_open_ext", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string? path, out DatabaseHandle database, nint config, out nint error);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_close")]
    internal static partial void Close(ref nint database);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_connect")]
    internal static partial int Connect(DatabaseHandle database, out ConnectionHandle connection);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_disconnect")]
    internal static partial void Disconnect(ref nint connection);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_interrupt")]
    internal static partial void Interrupt(ConnectionHandle connection);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_query_progress")]
    internal static partial QueryProgress Progress(ConnectionHandle connection);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_library_version")]
    internal static partial nint LibraryVersion();

    [LibraryImport(DuckDb, EntryPoint = "duckdb_free")]
    internal static partial void Free(nint memory);
}
