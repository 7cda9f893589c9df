namespace Dlrm.Data.Interop;

/// <summary>Declares DuckDB's C API, one file a chapter of its manual; nothing outside of this folder calls it.</summary>
/// <remarks>Source: https://duckdb.org/docs/stable/clients/c/api. Checked against DuckDB 1.5.</remarks>
internal static partial class NativeMethods
{
    /// <summary>The name that <see cref="DuckDbLibrary"/> resolves.</summary>
    internal const string DuckDb = "duckdb";

    /// <summary>What every call that can't say more returns on success.</summary>
    internal const int Success = 0;
}
