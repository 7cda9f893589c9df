using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Dlrm.Checkpoints.Interop;

/// <summary>Makes renames and new names in a folder durable. .NET opens no folders, so the C library does; Linux only, elsewhere nothing happens.</summary>
internal static class DirectorySync
{
    private const int ReadOnlyDirectory = 0x80000; // O_RDONLY | O_CLOEXEC

    /// <summary>Flushes the folder's entries to disk.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The folder can't be opened or flushed.</exception>
    internal static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int descriptor = Open(Encoding.UTF8.GetBytes(folder + '\0'), ReadOnlyDirectory);
        bool isFlushed = descriptor >= 0 && FlushDescriptor(descriptor) == 0;
        int error = Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
        {
            _ = Close(descriptor);
        }

        if (!isFlushed)
        {
            throw new IOException($"The folder {folder} can't be flushed to disk: {new Win32Exception(error).Message}");
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FlushDescriptor(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
