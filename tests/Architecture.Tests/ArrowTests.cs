using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dlrm.TestSupport;

namespace Dlrm.Architecture.Tests;

/// <summary>Who may see whom, from the project files and the sources.</summary>
public sealed partial class ArrowTests
{
    private static readonly Dictionary<string, string[]> AllowedReferences = new(StringComparer.Ordinal)
    {
        ["Numerics"] = [],
        ["Embeddings"] = ["Numerics"],
        ["Data"] = ["Numerics"],
        ["Distributed"] = ["Numerics"],
        ["Dlrm"] = ["Numerics", "Embeddings", "Data", "Distributed"],
        ["Weights"] = ["Numerics"],
        ["Gpu"] = ["Numerics"],
    };

    /// <summary>Gets the folders of src/.</summary>
    public static TheoryData<string> Rooms =>
        [.. Directory.GetDirectories(Path.Combine(SharedData.RepositoryRoot, "src")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    /// <summary>A room references no more than the picture allows.</summary>
    /// <param name="room">The folder below src/.</param>
    [Theory]
    [MemberData(nameof(Rooms))]
    public void ProjectReferences_OfARoom_FollowTheArrows(string room)
    {
        Assert.True(AllowedReferences.ContainsKey(room), $"src/{room} is not in the picture of ARCHITECTURE §1: add it there and here.");

        string[] references = [.. References($"src/{room}/{room}.csproj")];

        Assert.All(references, reference => Assert.Contains(reference, AllowedReferences[room]));
    }

    /// <summary>Libraries never reference tools, tests or benches.</summary>
    [Fact]
    public void ProjectReferences_OfLibraries_StayInsideSrc()
    {
        IEnumerable<string> projects = RepositoryFiles.All.Where(path => path.StartsWith("src/", StringComparison.Ordinal) && path.EndsWith(".csproj", StringComparison.Ordinal));

        Assert.All(projects, project => Assert.DoesNotMatch("(tools|tests|bench)/", RepositoryFiles.Read(project)));
    }

    /// <summary>Nothing but the picture's rooms is named by a room's sources either (a namespace of a sibling can come in through a third project).</summary>
    /// <param name="room">The folder below src/.</param>
    [Theory]
    [MemberData(nameof(Rooms))]
    public void Namespaces_NamedByARoom_FollowTheArrows(string room)
    {
        string[] forbidden = [.. AllowedReferences.Keys.Where(other => other != room && other != "Dlrm" && !AllowedReferences[room].Contains(other))];

        string[] wrong = [.. Mentions($"src/{room}/", forbidden)];

        Assert.Empty(wrong);
    }

    /// <summary>Inside src/Dlrm only Training/ names the rooms that touch disks and other workers.</summary>
    [Fact]
    public void DataAndDistributed_InsideDlrm_AreNamedInTrainingOnly()
    {
        string[] wrong = [.. Mentions("src/Dlrm/", ["Data", "Distributed"]).Where(place => !place.StartsWith("src/Dlrm/Training/", StringComparison.Ordinal))];

        Assert.Empty(wrong);
    }

    /// <summary>The rules above would see a wrong line: they are tried on one.</summary>
    [Fact]
    public void NamespaceMention_InCode_IsSeen()
    {
        Assert.Equal("Data", RoomName().Match("using Dlrm.Data;").Groups[1].Value);
        Assert.Equal("Distributed", RoomName().Match("    Dlrm.Distributed.ICommunicator communicator,").Groups[1].Value);
        Assert.Equal("Data", RoomName().Match("    Data.DataCursor cursor").Groups[1].Value);
        Assert.Equal("Weights", RoomName().Match("using Dlrm.Weights;").Groups[1].Value);
        Assert.DoesNotMatch(RoomName(), "    table.Data.CopyTo(span);");
        Assert.DoesNotMatch(RoomName(), "    Weights.Dispose();");
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Parse(RepositoryFiles.Read(project)).Descendants("ProjectReference").Select(element => Path.GetFileNameWithoutExtension(element.Attribute("Include")!.Value.Replace('\\', '/')));

    private static IEnumerable<string> Mentions(string folder, string[] rooms) =>
        from path in RepositoryFiles.Sources(folder)
        from line in RepositoryFiles.Code(path)
        from Match match in RoomName().Matches(line.Text)
        where rooms.Contains(match.Groups[1].Value)
        select $"{path}:{line.Number}: {line.Text.Trim()}";

    [GeneratedRegex(@"(?:\bDlrm\.|(?<![\w.)\]])(?=(?!Weights\b)\w+\.[A-Z]))(Numerics|Embeddings|Data|Distributed|Weights|Gpu)\b(?!\s*(?:=>|\{|=[^=]))")]
    private static partial Regex RoomName();
}
