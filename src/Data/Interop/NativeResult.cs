using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Mirrors <c>duckdb_result</c>: five deprecated fields and a pointer, 48 bytes on 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeResult
{
    /// <summary>The deprecated column count.</summary>
    internal ulong DeprecatedColumnCount;

    /// <summary>The deprecated row count.</summary>
    internal ulong DeprecatedRowCount;

    /// <summary>The deprecated count of changed rows.</summary>
    internal ulong DeprecatedRowsChanged;

    /// <summary>The deprecated columns.</summary>
    internal nint DeprecatedColumns;

    /// <summary>The deprecated error text.</summary>
    internal nint DeprecatedErrorMessage;

    /// <summary>The result itself.</summary>
    internal nint InternalData;
}
