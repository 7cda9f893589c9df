using System.Reflection;
using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Finds DuckDB's library: <c>DLRM_DUCKDB</c>, then the folder <c>native/</c> beside or above the program, then the system.</summary>
internal static class DuckDbLibrary
{
    private const string Variable = "DLRM_DUCKDB";

    private static readonly Lock Gate = new();
    private static bool _isRegistered;

    /// <summary>Registers the search; calls after the first do nothing.</summary>
    internal static void Register()
    {
        lock (Gate)
        {
            if (!_isRegistered)
            {
                NativeLibrary.SetDllImportResolver(typeof(DuckDbLibrary).Assembly, Resolve);
                _isRegistered = true;
            }
        }
    }

    /// <summary>Lists the files to try, best first.</summary>
    /// <param name="variable">The value of <c>DLRM_DUCKDB</c>: a file, a folder, or null.</param>
    /// <param name="programFolder">The program's folder.</param>
    /// <returns>Paths that need not exist.</returns>
    internal static IEnumerable<string> Candidates(string? variable, string programFolder)
    {
        string file = OperatingSystem.IsWindows() ? "duckdb.dll" : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so";
        if (!string.IsNullOrEmpty(variable))
        {
            yield return Directory.Exists(variable) ? Path.Combine(variable, file) : variable;
            yield break;
        }

        string system = OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        string package = $"node-bindings-{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        for (DirectoryInfo? folder = new(programFolder); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "native", file);
            yield return Path.Combine(folder.FullName, "native", "node_modules", "@duckdb", package, file);
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != NativeMethods.DuckDb)
        {
            return 0;
        }

#pragma warning disable RS0030 // The one variable that this room reads: where the library is.
        string? variable = Environment.GetEnvironmentVariable(Variable);
#pragma warning restore RS0030
        foreach (string candidate in Candidates(variable, AppContext.BaseDirectory))
        {
            if (File.Exists(candidate))
            {
                return NativeLibrary.Load(candidate);
            }
        }

        if (string.IsNullOrEmpty(variable) && NativeLibrary.TryLoad("duckdb", assembly, DllImportSearchPath.SafeDirectories, out nint library))
        {
            return library;
        }

        throw new DllNotFoundException(string.IsNullOrEmpty(variable)
            ? $"DuckDB's library is neither in native/ above {AppContext.BaseDirectory} nor installed: run 'npm ci --prefix native' in the repository, or set {Variable} to its file."
            : $"{Variable} is '{variable}', where DuckDB's library is not: set it to the file, or unset it and run 'npm ci --prefix native' in the repository.");
    }
}
