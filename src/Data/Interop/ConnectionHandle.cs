using Microsoft.Win32.SafeHandles;

namespace Dlrm.Data.Interop;

/// <summary>Owns a connection to a DuckDB database.</summary>
internal sealed class ConnectionHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.Disconnect(ref handle);
        return true;
    }
}
