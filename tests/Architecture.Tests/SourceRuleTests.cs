using System.Text.RegularExpressions;
using Dlrm.TestSupport;

namespace Dlrm.Architecture.Tests;

/// <summary>Rules that every source file keeps.</summary>
public sealed partial class SourceRuleTests
{
    private const int MostLines = 400;

    private static readonly string[] UnsafeFolders = ["src/Numerics/Kernels/", "src/Numerics/Cpu/", "src/Gpu/"];

    /// <summary>A file is read in one sitting.</summary>
    [Fact]
    public void SourceFiles_OfTheRepository_HaveAtMost400Lines()
    {
        string[] wrong = [.. RepositoryFiles.Sources()
            .Select(path => (Path: path, Lines: RepositoryFiles.Read(path).TrimEnd('\n').Split('\n').Length))
            .Where(file => file.Lines > MostLines)
            .Select(file => $"{file.Path} has {file.Lines} lines")];

        Assert.Empty(wrong);
    }

    /// <summary>Native code lives behind one wall: imports are declared in Interop/ folders only.</summary>
    [Fact]
    public void NativeImports_OfTheRepository_AreInInteropFolders()
    {
        string[] wrong = [.. Lines(NativeImport(), "src/", "tools/").Where(place => !place.Contains("/Interop/", StringComparison.Ordinal))];

        Assert.Empty(wrong);
    }

    /// <summary>An Interop folder is named only by the folder that it stands in: everything else sees spans and exceptions.</summary>
    [Fact]
    public void InteropNamespaces_OfTheRepository_AreNamedByTheirOwnFolder()
    {
        string[] owners = [.. RepositoryFiles.Sources("src/").Where(path => path.Contains("/Interop/", StringComparison.Ordinal))
            .Select(path => path[..path.IndexOf("/Interop/", StringComparison.Ordinal)]).Distinct()];
        string[] wrong = [.. from path in RepositoryFiles.Sources("src/").Concat(RepositoryFiles.Sources("tools/"))
                             from line in RepositoryFiles.Code(path)
                             from Match match in InteropNamespace().Matches(line.Text)
                             where !owners.Any(owner => IsNamespaceOf(match.Groups[1].Value, owner) && path.StartsWith(owner + "/", StringComparison.Ordinal))
                             select $"{path}:{line.Number}: {line.Text.Trim()}"];

        Assert.Empty(wrong);
    }

    /// <summary>The raw imports are called inside the wall only.</summary>
    [Fact]
    public void NativeMethods_OfTheRepository_AreNamedInInteropFolders()
    {
        string[] wrong = [.. Lines(NativeMethodsName(), "src/", "tools/").Where(place => !place.Contains("/Interop/", StringComparison.Ordinal))];

        Assert.Empty(wrong);
    }

    /// <summary>Pointers stay where speed needs them.</summary>
    [Fact]
    public void UnsafeCode_OfLibraries_IsInKernelsAndInterop()
    {
        string[] wrong = [.. Lines(UnsafeKeyword(), "src/", "tools/").Where(place =>
            !place.Contains("/Interop/", StringComparison.Ordinal) && !UnsafeFolders.Any(folder => place.StartsWith(folder, StringComparison.Ordinal)))];

        Assert.Empty(wrong);
    }

    /// <summary>The tree is the same on every machine: no path of one, no address of a package mirror.</summary>
    [Fact]
    public void TrackedFiles_OfTheRepository_NameNoMachine()
    {
        string[] wrong = [.. from path in RepositoryFiles.All
                             where IsText(path)
                             from line in RepositoryFiles.Read(path).Split('\n').Select((text, position) => (Text: text, Number: position + 1))
                             where MachinePath().IsMatch(line.Text)
                             select $"{path}:{line.Number}: {line.Text.Trim()}"];

        Assert.Empty(wrong);
    }

    /// <summary>The rule above would see what it forbids.</summary>
    /// <param name="text">A forbidden text, cut so that this file does not hold it.</param>
    /// <param name="rest">Its second half.</param>
    [Theory]
    [InlineData("/ho", "me/someone/x")]
    [InlineData("/ro", "ot/.nuget/packages")]
    [InlineData("\"resolved\": \"https", "://registry.example/x.tgz\"")]
    [InlineData("https://pypi.exam", "ple:8080/simple")]
    public void MachinePath_OnAForbiddenText_Matches(string text, string rest) => Assert.Matches(MachinePath(), text + rest);

    /// <summary>Two log lines never share an event id.</summary>
    [Fact]
    public void EventIds_OfAllLogs_AreUnique()
    {
        string[] repeated = [.. (from path in RepositoryFiles.Sources("src/").Concat(RepositoryFiles.Sources("tools/"))
                                 from Match match in EventId().Matches(RepositoryFiles.Read(path))
                                 group path by match.Groups[1].Value into ids
                                 where ids.Count() > 1
                                 select $"event id {ids.Key}: {string.Join(", ", ids)}")];

        Assert.Empty(repeated);
    }

    /// <summary>Changes are told to users.</summary>
    [Fact]
    public void Changelog_OfTheRepository_HasUnreleasedOnTop()
    {
        string[] headings = [.. RepositoryFiles.Read("CHANGELOG.md").Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal))];

        Assert.Equal("## Unreleased", headings.FirstOrDefault());
    }

    /// <summary>A room says in ten lines what it owns and what it may not know.</summary>
    [Fact]
    public void Rooms_OfTheRepository_HaveAReadme()
    {
        string[] missing = [.. Directory.GetDirectories(Path.Combine(SharedData.RepositoryRoot, "src")).Where(room => !File.Exists(Path.Combine(room, "README.md")))];

        Assert.Empty(missing);
    }

    /// <summary>The README stays one page.</summary>
    [Fact]
    public void Readme_OfTheRepository_HasAtMost150Lines() =>
        Assert.InRange(RepositoryFiles.Read("README.md").TrimEnd('\n').Split('\n').Length, 20, 150);

    private static IEnumerable<string> Lines(Regex pattern, params string[] folders) =>
        from folder in folders
        from path in RepositoryFiles.Sources(folder)
        from line in RepositoryFiles.Code(path)
        where pattern.IsMatch(line.Text)
        select $"{path}:{line.Number}: {line.Text.Trim()}";

    private static bool IsNamespaceOf(string name, string folder) =>
        ("Dlrm." + folder["src/".Length..].Replace('/', '.')).Replace("Dlrm.Dlrm", "Dlrm", StringComparison.Ordinal) == name;

    private static bool IsText(string path) =>
        Path.GetExtension(path) is ".cs" or ".md" or ".json" or ".csproj" or ".props" or ".targets" or ".sln" or ".txt" or ".sh" or ".js" or ".html" or ".svg" or ".yml" or ".py" or ".npmrc" or "";

    [GeneratedRegex(@"\b(DllImport|LibraryImport)\b|\bextern\s")]
    private static partial Regex NativeImport();

    [GeneratedRegex(@"\b(Dlrm(?:\.\w+)*)\.Interop\b")]
    private static partial Regex InteropNamespace();

    [GeneratedRegex(@"\bNativeMethods\b")]
    private static partial Regex NativeMethodsName();

    [GeneratedRegex(@"\bunsafe\b(?!\w)")]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"(?<![\w.])/(?:home|root|Users)/[\w.]|[A-Z]:\\\\?Users\b|""resolved"":\s*""http|https?://[^\s/]*(?:pypi|npm|nuget|proxy|mirror|artifactory)[^\s/]*:\d+|https?://(?:localhost|127\.0\.0\.1|10\.\d+\.\d+\.\d+)[:/]")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\bLoggerMessage\(\s*(?:EventId\s*[=:]\s*|eventId:\s*)?(\d+)")]
    private static partial Regex EventId();
}
