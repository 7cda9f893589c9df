using System.Runtime.InteropServices;

namespace Dlrm.CommandLine.Bench;

/// <summary>Inputs that every side reads: ids, numbers, cores, as plain little-endian files in a temporary folder.</summary>
internal sealed class BenchFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dlrm-bench-");

    /// <summary>Writes numbers once.</summary>
    /// <typeparam name="T">long or float.</typeparam>
    /// <param name="name">A name for the file; what is there already is not written again.</param>
    /// <param name="make">Makes the numbers.</param>
    /// <returns>The path.</returns>
    internal string Write<T>(string name, Func<T[]> make)
        where T : unmanaged
    {
        string path = Path.Combine(_folder.FullName, name);
        if (!File.Exists(path))
        {
            File.WriteAllBytes(path, MemoryMarshal.AsBytes<T>(make()));
        }

        return path;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
