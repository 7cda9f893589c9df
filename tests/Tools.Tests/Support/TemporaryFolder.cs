namespace Dlrm.Tools.Tests.Support;

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Gets the folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("dlrm-tools-").FullName;

    /// <summary>Gets a path in it.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The path.</returns>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
