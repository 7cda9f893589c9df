namespace Dlrm.Data;

/// <summary>Finds the raw files that the user's words mean.</summary>
internal static class RawFileList
{
    /// <summary>Lists files: a file is itself; a folder is its files; a pattern with <c>*</c> or <c>?</c> in its last part is what fits. By name within each; hidden files and names that begin with <c>_</c> (Spark's marks) are left out of folders and patterns.</summary>
    /// <param name="inputs">Files, folders, patterns, in order.</param>
    /// <returns>Full paths.</returns>
    /// <exception cref="DataFormatException">An input names no file.</exception>
    internal static IReadOnlyList<string> Find(IReadOnlyList<string> inputs)
    {
        List<string> files = [];
        foreach (string input in inputs)
        {
            int before = files.Count;
            if (File.Exists(input))
            {
                files.Add(Path.GetFullPath(input));
            }
            else if (Directory.Exists(input))
            {
                files.AddRange(Data(input, "*"));
            }
            else if (Path.GetDirectoryName(Path.GetFullPath(input)) is { } folder && Directory.Exists(folder))
            {
                files.AddRange(Data(folder, Path.GetFileName(input)));
            }

            if (files.Count == before)
            {
                throw new DataFormatException($"{input} is no file, no folder with files, and no pattern that fits any.");
            }
        }

        return files.GroupBy(static f => f).FirstOrDefault(static g => g.Count() > 1) is { } twice
            ? throw new DataFormatException($"{twice.Key} is named twice; its rows would count double.")
            : files;
    }

    private static IEnumerable<string> Data(string folder, string pattern) => Directory.EnumerateFiles(Path.GetFullPath(folder), pattern)
        .Where(static file => Path.GetFileName(file)[0] is not ('.' or '_'))
        .Order(StringComparer.Ordinal);
}
