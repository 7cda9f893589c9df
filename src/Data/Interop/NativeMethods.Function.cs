using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <content>Scalar functions of our own: https://duckdb.org/docs/stable/clients/c/api, "Scalar Functions".</content>
internal static partial class NativeMethods
{
    [LibraryImport(DuckDb, EntryPoint = "duckdb_create_logical_type")]
    internal static partial nint CreateLogicalType(ColumnType type);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_create_scalar_function")]
    internal static partial nint CreateScalarFunction();

    [LibraryImport(DuckDb, EntryPoint = "duckdb_destroy_scalar_function")]
    internal static partial void DestroyScalarFunction(ref nint function);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_scalar_function_set_name", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void SetFunctionName(nint function, string name);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_scalar_function_add_parameter")]
    internal static partial void AddFunctionParameter(nint function, nint type);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_scalar_function_set_return_type")]
    internal static partial void SetFunctionReturnType(nint function, nint type);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_scalar_function_set_function")]
    internal static unsafe partial void SetFunctionBody(nint function, delegate* unmanaged<nint, nint, nint, void> body);

    [LibraryImport(DuckDb, EntryPoint = "duckdb_register_scalar_function")]
    internal static partial int RegisterScalarFunction(ConnectionHandle connection, nint function);
}
