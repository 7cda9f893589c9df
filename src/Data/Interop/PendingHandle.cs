using Microsoft.Win32.SafeHandles;

namespace Dlrm.Data.Interop;

/// <summary>Owns a query that is being executed.</summary>
internal sealed class PendingHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.DestroyPending(ref handle);
        return true;
    }
}
