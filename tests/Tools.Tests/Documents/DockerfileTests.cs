using System.Text.RegularExpressions;
using Dlrm.TestSupport;

namespace Dlrm.Tools.Tests.Documents;

/// <summary>The Dockerfile is one: no container engine is needed to see that its instructions, stages, arguments and sources exist.</summary>
public sealed partial class DockerfileTests
{
    private static readonly string[] Known =
        ["ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

    private static readonly string Text = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "Dockerfile"));

    /// <summary>The repository's Dockerfile has no problem.</summary>
    [Fact]
    public void Dockerfile_OfTheRepository_HasNoProblem() => Assert.Empty(Problems(Text));

    /// <summary>Each kind of mistake is found.</summary>
    /// <param name="text">A Dockerfile.</param>
    /// <param name="problem">A part of what is said of it.</param>
    [Theory]
    [InlineData("RUN true", "RUN comes before the first FROM")]
    [InlineData("FROM debian\nRUNN true", "RUNN is no instruction")]
    [InlineData("FROM debian AS a\nCOPY --from=b /x /y", "stage 'b' is not defined before")]
    [InlineData("FROM debian\nCOPY no/such/file /y", "no/such/file does not exist")]
    [InlineData("FROM debian\nCOPY README.md", "COPY needs a source and a destination")]
    [InlineData("FROM debian\nCOPY src ../outside", "leaves its folder")]
    [InlineData("FROM debian\nCOPY README.md LICENSE /y", "must end in '/'")]
    [InlineData("FROM ${BASE}", "argument BASE is not defined")]
    [InlineData("ARG BASE=debian\nFROM ${BASE}\nRUN echo \"$BASE\"", "argument BASE is not defined")]
    [InlineData("FROM debian\nCMD [\"dlrm\", --help]", "is no JSON array")]
    [InlineData("FROM debian\nRUN true &&", "ends in '&&'")]
    [InlineData("FROM debian\nCOPY artifacts /y", "left out by .dockerignore")]
    public void Problems_OfAWrongDockerfile_NameIt(string text, string problem) => Assert.Contains(Problems(text), found => found.Contains(problem, StringComparison.Ordinal));

    /// <summary>What the image copies is what the documents launch: program, ssh settings, files of both schedulers.</summary>
    [Fact]
    public void Deploy_Files_NameWhatTheImageHas()
    {
        string job = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "deploy", "mpijob.yaml"));
        string server = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "deploy", "sshd_config"));

        Assert.Contains("COPY deploy/sshd_config /etc/dlrm/sshd_config", Text, StringComparison.Ordinal);
        Assert.Contains("-f, /etc/dlrm/sshd_config", job, StringComparison.Ordinal);
        string port = Port().Match(server).Groups[1].Value;
        Assert.Contains($"port: {port}", job, StringComparison.Ordinal);
        Assert.Equal(port, Port().Match(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "deploy", "ssh_config"))).Groups[1].Value);
        Assert.DoesNotContain('\t', job);
    }

    private static List<string> Problems(string text)
    {
        List<string> problems = [];
        HashSet<string> stages = new(StringComparer.OrdinalIgnoreCase);
        HashSet<string> global = [];
        HashSet<string> arguments = [];
        bool isInStage = false;
        foreach ((string name, string rest) in Instructions(text))
        {
            if (!Known.Contains(name))
            {
                problems.Add($"{name} is no instruction.");
            }

            if (!isInStage && name is not ("ARG" or "FROM"))
            {
                problems.Add($"{name} comes before the first FROM.");
            }

            HashSet<string> visible = name == "FROM" || !isInStage ? global : arguments;
            if (name is not "CMD" and not "ENTRYPOINT")
            {
                // PATH is there in every image.
                problems.AddRange(Variable().Matches(rest).Select(match => match.Groups[1].Value).Where(variable => !visible.Contains(variable) && variable != "PATH").Select(variable => $"argument {variable} is not defined for {name}."));
            }

            switch (name)
            {
                case "ARG" or "ENV":
                    visible.UnionWith(Assigned().Matches(" " + rest).Select(match => match.Groups[1].Value));
                    break;
                case "FROM":
                    isInStage = true;
                    arguments = [];
                    string[] words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    if (words.Length == 3 && words[1].Equals("AS", StringComparison.OrdinalIgnoreCase))
                    {
                        stages.Add(words[2]);
                    }
                    else if (words.Length != 1)
                    {
                        problems.Add($"FROM {rest} is neither an image nor an image AS a stage.");
                    }

                    break;
                case "COPY" or "ADD":
                    problems.AddRange(CopyProblems(rest, stages));
                    break;
                case "CMD" or "ENTRYPOINT" when rest.StartsWith('['):
                    if (!IsArray(rest))
                    {
                        problems.Add($"{name} {rest} is no JSON array.");
                    }

                    break;
                case "RUN" when rest.EndsWith("&&", StringComparison.Ordinal):
                    problems.Add($"RUN {rest} ends in '&&'.");
                    break;
            }
        }

        return problems;
    }

    private static IEnumerable<string> CopyProblems(string rest, HashSet<string> stages)
    {
        string[] words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] places = [.. words.Where(word => !word.StartsWith("--", StringComparison.Ordinal))];
        if (places.Length < 2)
        {
            yield return "COPY needs a source and a destination.";
            yield break;
        }

        if (places.Any(place => place.StartsWith("..", StringComparison.Ordinal)))
        {
            yield return $"COPY {rest} leaves its folder.";
        }

        if (places.Length > 2 && !places[^1].EndsWith('/'))
        {
            yield return $"COPY {rest}: the destination of several sources must end in '/'.";
        }

        if (words.FirstOrDefault(word => word.StartsWith("--from=", StringComparison.Ordinal))?["--from=".Length..] is string stage)
        {
            if (!stages.Contains(stage))
            {
                yield return $"stage '{stage}' is not defined before COPY {rest}.";
            }

            yield break;
        }

        foreach (string source in places[..^1])
        {
            string path = Path.Combine(SharedData.RepositoryRoot, source);
            if (!File.Exists(path) && !Directory.Exists(path))
            {
                yield return $"{source} does not exist.";
            }
        }

        string[] ignored = [.. File.ReadAllLines(Path.Combine(SharedData.RepositoryRoot, ".dockerignore")).Select(line => line.Replace("**/", string.Empty, StringComparison.Ordinal))];
        foreach (string source in places[..^1].Where(source => source.Split('/').Any(part => ignored.Contains(part) || (part.StartsWith('.') && part.Length > 1 && !ignored.Contains("!" + part)))))
        {
            yield return $"{source} is left out by .dockerignore.";
        }
    }

    private static bool IsArray(string text)
    {
        try
        {
            return System.Text.Json.Nodes.JsonNode.Parse(text) is System.Text.Json.Nodes.JsonArray array && array.All(word => word!.GetValueKind() == System.Text.Json.JsonValueKind.String);
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    /// <summary>Joins continued lines and drops comments.</summary>
    private static IEnumerable<(string Name, string Arguments)> Instructions(string text)
    {
        string joined = Continued().Replace(string.Join('\n', text.Split('\n').Where(line => !line.TrimStart().StartsWith('#'))), " ");
        foreach (string line in joined.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            string[] words = line.Split(' ', 2);
            yield return (words[0], words.Length > 1 ? words[1].Trim() : string.Empty);
        }
    }

    [GeneratedRegex(@"\\\s*\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"\$\{?([A-Za-z_][A-Za-z_0-9]*)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\s([A-Za-z_][A-Za-z_0-9]*)(?==|$)")]
    private static partial Regex Assigned();

    [GeneratedRegex(@"^\s*Port (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Port();
}
