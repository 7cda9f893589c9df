using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Owns a <c>duckdb_result</c>, whose struct lies in native memory of this handle.</summary>
internal sealed unsafe class ResultHandle : SafeHandle
{
    /// <summary>Initializes a new instance of the <see cref="ResultHandle"/> class with an empty result.</summary>
    internal ResultHandle()
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(NativeResult)));
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Gets the struct.</summary>
    internal ref NativeResult Value => ref *(NativeResult*)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.DestroyResult(ref *(NativeResult*)handle);
        NativeMemory.Free((void*)handle);
        return true;
    }
}
