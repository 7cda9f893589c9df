using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Mirrors <c>duckdb_query_progress_type</c>, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct QueryProgress
{
    /// <summary>The progress in percent, −1 when unknown.</summary>
    internal double Percentage;

    /// <summary>The rows processed.</summary>
    internal ulong RowsProcessed;

    /// <summary>The rows to process.</summary>
    internal ulong RowsTotal;
}
