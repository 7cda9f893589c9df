using System.Diagnostics;
using Dlrm.TestSupport;

namespace Dlrm.Architecture.Tests;

/// <summary>The files of the repository, as git knows them: tracked, or new and not ignored.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] BuiltFolders = ["artifacts", "node_modules", "obj", "bin", ".git", "runs"];

    /// <summary>Gets the paths below the repository root, with '/'.</summary>
    internal static IReadOnlyList<string> All { get; } = List();

    /// <summary>Gets the C# sources below a folder.</summary>
    /// <param name="folder">"src/"; empty: everywhere.</param>
    /// <returns>The paths.</returns>
    internal static IEnumerable<string> Sources(string folder = "") =>
        All.Where(path => path.StartsWith(folder, StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>Reads a file.</summary>
    /// <param name="path">Below the repository root.</param>
    /// <returns>The text.</returns>
    internal static string Read(string path) => File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, path));

    /// <summary>Reads the lines of a source file without comments and, roughly, without the contents of strings.</summary>
    /// <param name="path">Below the repository root.</param>
    /// <returns>The lines, numbered from 1.</returns>
    internal static IEnumerable<(int Number, string Text)> Code(string path)
    {
        int number = 0;
        foreach (string line in Read(path).Split('\n'))
        {
            number++;
            int comment = line.IndexOf("//", StringComparison.Ordinal);
            string code = comment >= 0 ? line[..comment] : line;
            string[] quoted = code.Split('"');
            yield return (number, string.Concat(quoted.Where((_, position) => position % 2 == 0)));
        }
    }

    private static List<string> List()
    {
        ProcessStartInfo start = new("git", ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = SharedData.RepositoryRoot,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process git = Process.Start(start)!;
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            if (git.ExitCode == 0)
            {
                return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(path => File.Exists(Path.Combine(SharedData.RepositoryRoot, path)))];
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git: a copy of the tree is as good.
        }

        return [.. Directory.EnumerateFiles(SharedData.RepositoryRoot, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(SharedData.RepositoryRoot, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => BuiltFolders.Contains(part)))];
    }
}
