using Microsoft.Win32.SafeHandles;

namespace Dlrm.Data.Interop;

/// <summary>Owns an open DuckDB database.</summary>
internal sealed class DatabaseHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.Close(ref handle);
        return true;
    }
}
