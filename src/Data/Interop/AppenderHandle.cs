using Microsoft.Win32.SafeHandles;

namespace Dlrm.Data.Interop;

/// <summary>Owns an appender to a table.</summary>
internal sealed class AppenderHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.DestroyAppender(ref handle);
        return true;
    }
}
