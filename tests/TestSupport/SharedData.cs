namespace Dlrm.TestSupport;

/// <summary>Finds the real data that is never copied into the repository.</summary>
public static class SharedData
{
    /// <summary>Gets a folder or file of the real data, or skips the test (counted, with the reason).</summary>
    /// <param name="name">The path below the data folder.</param>
    /// <returns>The full path.</returns>
    public static string Require(string name)
    {
        string root = Environment.GetEnvironmentVariable("DLRM_SHARED_DATA") ?? Path.Combine(RepositoryRoot, "..", "shared", "data");
        string path = Path.GetFullPath(Path.Combine(root, name));
        Skip.IfNot(Path.Exists(path), $"Real data '{name}' is not here: set DLRM_SHARED_DATA to the folder that holds it.");
        return path;
    }

    /// <summary>Gets the folder of Dlrm.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Dlrm.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Dlrm.sln.");
    }
}
