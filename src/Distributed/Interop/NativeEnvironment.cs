using System.Runtime.InteropServices;

namespace Dlrm.Distributed.Interop;

/// <summary>The environment that native libraries read: .NET keeps a copy of its own, which they don't see.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>What UCX, the transport of many MPI libraries, does by default and what a runtime with its own signal handlers and threads can't bear:
    /// it takes over SIGSEGV, which .NET uses for null references, and rewrites the code of mmap and munmap while other threads may be in them.</summary>
    private static readonly (string Name, string Value)[] Safer = [("UCX_ERROR_SIGNALS", string.Empty), ("UCX_MEM_MMAP_HOOK_MODE", "none")];

    /// <summary>Sets what makes MPI libraries safe in this process, where the user has set nothing.</summary>
    internal static void Prepare()
    {
        foreach ((string name, string value) in Safer)
        {
            if (!OperatingSystem.IsWindows())
            {
                SetVariable(name, value, 0);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
