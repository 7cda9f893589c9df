using Microsoft.Win32.SafeHandles;

namespace Dlrm.Data.Interop;

/// <summary>Owns a data chunk; a reader reuses one handle for all of its chunks, so that a chunk costs no managed memory.</summary>
internal sealed class ChunkHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <summary>Gets the chunk, zero when there is none; callers keep this object alive while they use it.</summary>
    internal nint Chunk => handle;

    /// <summary>Destroys the chunk held and takes another.</summary>
    /// <param name="chunk">The other, or zero.</param>
    internal void Replace(nint chunk)
    {
        nint old = handle;
        handle = chunk;
        if (old != 0)
        {
            NativeMethods.DestroyDataChunk(ref old);
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.DestroyDataChunk(ref handle);
        return true;
    }
}
