namespace Dlrm.Tests;

/// <summary>An empty folder that is deleted with all in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Gets the path.</summary>
    internal string Path { get; } = Directory.CreateTempSubdirectory("dlrm-").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Gets the path of a name in the folder.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The path.</returns>
    internal string File(string name) => System.IO.Path.Combine(Path, name);
}
