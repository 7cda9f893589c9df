using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Mirrors <c>duckdb_list_entry</c>: where one list lies within the child vector, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ListEntry
{
    /// <summary>The position of the first element.</summary>
    internal ulong Offset;

    /// <summary>The number of elements.</summary>
    internal ulong Length;
}
