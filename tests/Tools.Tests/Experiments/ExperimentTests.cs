using System.Text.Json.Nodes;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Experiments;
using Dlrm.CommandLine.Hosting;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Experiments;

/// <summary>Tests of the experiments, on a plan of seconds.</summary>
public sealed class ExperimentTests : IDisposable
{
    private const string Plan = """
        {
          "title": "Tiny",
          "data": { "rows": 3000 },
          "options": { "model": { "tables": { "compressAbove": 5000 } }, "training": { "batchSize": 200 } },
          "seeds": [1, 2],
          "variants": [
            { "name": "dense", "label": "dense", "options": { "model": { "tables": { "kind": "dense" } } } },
            { "name": "hash", "label": "hashing", "bytesOf": "ttm", "options": { "model": { "tables": { "kind": "hash" } } } },
            { "name": "ttm", "label": "compressed", "options": { "model": { "tables": { "kind": "lowRank", "startRank": 4 } } } }
          ]
        }
        """;

    private readonly TemporaryFolder _folder = new();

    private string[] Line => ["experiment", _folder["tiny.json"], "--output", _folder["runs"], "--results", _folder["results"], "--threads", "2", "--json"];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>A table with every variant in the plan's order; the second call runs nothing.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_RunTwice_TakesTheSecondFromTheFolders()
    {
        File.WriteAllText(_folder["tiny.json"], Plan);

        JsonObject first = (await Cli.RunAsync(Line)).Succeeded().Json;
        CommandLineResult second = (await Cli.RunAsync(Line)).Succeeded();

        JsonArray variants = first["variants"]!.AsArray();
        Assert.Equal(["dense", "hash", "ttm"], variants.Select(variant => (string)variant!["name"]!));
        Assert.True((long)variants[1]!["modelBytes"]! <= (long)variants[2]!["modelBytes"]!);
        Assert.True((long)variants[1]!["modelBytes"]! > 0.9 * (long)variants[2]!["modelBytes"]!);
        Assert.Equal(6, second.Error.Split("done before").Length - 1);
        Assert.DoesNotContain("step", second.Error, StringComparison.Ordinal);
        Assert.Equal(first.ToJsonString(), second.Json.ToJsonString());
        string page = File.ReadAllText(_folder["results/tiny.md"]);
        Assert.Contains("| compressed |", page, StringComparison.Ordinal);
        Assert.Contains("Machine: ", page, StringComparison.Ordinal);
        Assert.StartsWith("<svg", File.ReadAllText(_folder["results/tiny.svg"]), StringComparison.Ordinal);
    }

    /// <summary>A changed option runs that variant again, and only it.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_ChangedVariant_RunsOnlyThatAgain()
    {
        File.WriteAllText(_folder["tiny.json"], Plan);
        (await Cli.RunAsync([.. Line, "--set", "seeds=[1]"])).Succeeded();
        File.WriteAllText(_folder["tiny.json"], Plan.Replace("\"kind\": \"dense\"", "\"kind\": \"dense\", \"initialEntryDeviation\": 0.1", StringComparison.Ordinal));

        CommandLineResult result = (await Cli.RunAsync([.. Line, "--set", "seeds=[1]"])).Succeeded();

        Assert.Equal(2, result.Error.Split("done before").Length - 1);
        Assert.Contains("dense: step", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The plans that come with the program bind, and so do the options of every variant.</summary>
    [Fact]
    public void ReadPlan_EveryPlanOfTheProgram_Binds()
    {
        foreach (string name in EmbeddedFiles.Names("experiments"))
        {
            ExperimentPlan plan = ExperimentRunner.ReadPlan(name, []);

            Assert.All(plan.Plans, member => Assert.Contains(member, EmbeddedFiles.Names("experiments")));
            if (plan.Images.Length > 0)
            {
                Assert.All(plan.Variants, variant => ClassifierRunner.OptionsOf(plan, variant, seed: 1));
                continue;
            }

            Assert.All(plan.Variants, variant => new OptionsBinder<RunOptions>(new RunOptions())
                .Add(plan.Options.DeepClone().AsObject(), name).Add(variant.Options.DeepClone().AsObject(), variant.Name).Bind().Validate());
        }
    }

    /// <summary>The presets bind.</summary>
    [Fact]
    public void Presets_OfTheProgram_Bind() =>
        Assert.All(EmbeddedFiles.Names("presets"), name => new OptionsBinder<RunOptions>(new RunOptions()).AddJson(EmbeddedFiles.Read("presets", name), name).Bind().Validate());

    /// <summary>A setting changes one option of a plan and leaves its others.</summary>
    [Fact]
    public void ReadPlan_SettingOfOneOption_KeepsTheOthers()
    {
        File.WriteAllText(_folder["tiny.json"], Plan);

        ExperimentPlan plan = ExperimentRunner.ReadPlan(_folder["tiny.json"], ["options.training.epochs=4", "data.seed=7"]);

        Assert.Equal("""{"model":{"tables":{"compressAbove":5000}},"training":{"batchSize":200,"epochs":4}}""", plan.Options.ToJsonString());
        Assert.Equal("""{"rows":3000,"seed":7}""", plan.Data.ToJsonString());
    }

    /// <summary>Several teachers: every variant runs on each, and the table has the truth beside what was found.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_TwoDatasets_ComparesEachWithItsTeacher()
    {
        string datasets = """
            "datasets": [
              { "name": "low", "label": "low ranks", "data": { "seed": 5, "tables": [ { "rows": 6000, "teacherRanks": [1, 1] }, { "rows": 9 } ] } },
              { "name": "high", "label": "high ranks", "data": { "tables": [ { "rows": 6000, "teacherRanks": [3, 4] }, { "rows": 9 } ] } }
            ],
            """;
        File.WriteAllText(_folder["tiny.json"], Plan.Replace("\"options\": { \"model\": { \"tables\": { \"compressAbove\"", datasets + "\"options\": { \"model\": { \"tables\": { \"compressAbove\"", StringComparison.Ordinal));

        JsonArray found = (await Cli.RunAsync(Line)).Succeeded().Json["datasets"]!.AsArray();

        Assert.Equal(["low", "high"], found.Select(dataset => (string)dataset!["name"]!));
        Assert.Equal([2, 7], found.Select(dataset => (int)dataset!["teacherRankSum"]!));
        Assert.All(found, dataset => Assert.Equal(3, dataset!["variants"]!.AsArray().Count));
        Assert.All(found, dataset => Assert.Equal(6000 * 16 * 4, (long)dataset!["variants"]![0]!["tableBytes"]![1]!));
        Assert.All(found, dataset => Assert.Null(dataset!["variants"]![0]!["rankSum"]![0]));
        Assert.All(found, dataset => Assert.NotNull(dataset!["variants"]![2]!["rankSum"]![1]));
        Assert.Contains("| high ranks | compressed | C1 | 6,000 | [3, 4] |", File.ReadAllText(_folder["results/tiny.md"]), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["runs/low/ttm-2/result.json"]));
    }

    /// <summary>Datasets are generated, each with a name of its own.</summary>
    /// <param name="plan">What the plan says besides.</param>
    /// <param name="problem">A part of the message.</param>
    [Theory]
    [InlineData("""{ "datasets": [ { "name": "a", "label": "a" }, { "name": "a", "label": "b" } ] }""", "two datasets 'a'")]
    [InlineData("""{ "inputs": ["rows.txt"], "datasets": [ { "name": "a", "label": "a" } ] }""", "datasets are generated")]
    public void ReadPlan_WrongDatasets_IsWrongUse(string plan, string problem)
    {
        JsonObject whole = JsonNode.Parse(Plan)!.AsObject();
        foreach ((string key, JsonNode? value) in JsonNode.Parse(plan)!.AsObject())
        {
            whole[key] = value?.DeepClone();
        }

        File.WriteAllText(_folder["tiny.json"], whole.ToJsonString());

        Assert.Contains(problem, Assert.Throws<UsageException>(() => ExperimentRunner.ReadPlan(_folder["tiny.json"], [])).Message, StringComparison.Ordinal);
    }

    /// <summary>A budget in bytes is used and kept, and a series has one entry in the legend.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_Bytes_FillsTheBudget()
    {
        File.WriteAllText(_folder["tiny.json"], Plan.Replace("\"bytesOf\": \"ttm\"", "\"bytes\": 200000, \"series\": \"baselines\"", StringComparison.Ordinal));

        JsonArray variants = (await Cli.RunAsync([.. Line, "--set", "seeds=[1]"])).Succeeded().Json["variants"]!.AsArray();

        Assert.InRange((long)variants[1]!["modelBytes"]!, 190_000, 200_000);
        string picture = File.ReadAllText(_folder["results/tiny.svg"]);
        Assert.Contains(">baselines</text>", picture, StringComparison.Ordinal);
        Assert.DoesNotContain(">hashing</text>", picture, StringComparison.Ordinal);
        Assert.Contains(">dense</text>", picture, StringComparison.Ordinal);
    }

    /// <summary>Two numbers of bytes are one too many.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_BytesAndBytesOf_IsWrongUse()
    {
        File.WriteAllText(_folder["tiny.json"], Plan.Replace("\"bytesOf\": \"ttm\"", "\"bytesOf\": \"ttm\", \"bytes\": 200000", StringComparison.Ordinal));

        CommandLineResult result = await Cli.RunAsync(Line);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("'hash' has bytesOf 'ttm' and bytes 200000", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Several plans: one page with a table each, one picture each; changes are for each of them.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_Plans_WritesOnePage()
    {
        File.WriteAllText(_folder["first.json"], Plan);
        File.WriteAllText(_folder["second.json"], Plan.Replace("Tiny", "Other", StringComparison.Ordinal).Replace("3000", "2000", StringComparison.Ordinal));
        File.WriteAllText(_folder["tiny.json"], new JsonObject { ["title"] = "Both", ["plans"] = new JsonArray(_folder["first.json"], _folder["second.json"]) }.ToJsonString());

        JsonArray plans = (await Cli.RunAsync([.. Line, "--set", "seeds=[3]"])).Succeeded().Json["plans"]!.AsArray();

        Assert.Equal(["Tiny", "Other"], plans.Select(plan => (string)plan!["title"]!));
        Assert.All(plans, plan => Assert.Equal("[3]", plan!["seeds"]!.ToJsonString()));
        string page = File.ReadAllText(_folder["results/tiny.md"]);
        Assert.Contains("## Tiny", page, StringComparison.Ordinal);
        Assert.Contains("## Other", page, StringComparison.Ordinal);
        Assert.Contains("(second.svg)", page, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["results/first.svg"]) && File.Exists(_folder["results/second.svg"]));
        Assert.True(File.Exists(_folder["runs/second/hash-3/result.json"]));
    }

    /// <summary>A plan of plans has nothing else.</summary>
    [Fact]
    public void ReadPlan_PlansAndInputs_IsWrongUse()
    {
        File.WriteAllText(_folder["tiny.json"], """{ "title": "Both", "plans": ["movielens"], "inputs": ["rows.txt"] }""");

        Assert.Contains("belong to each", Assert.Throws<UsageException>(() => ExperimentRunner.ReadPlan(_folder["tiny.json"], [])).Message, StringComparison.Ordinal);
    }

    /// <summary>bytesOf must name a variant that has a size of its own.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_BytesOfNobody_IsWrongUse()
    {
        File.WriteAllText(_folder["tiny.json"], Plan.Replace("\"bytesOf\": \"ttm\"", "\"bytesOf\": \"nobody\"", StringComparison.Ordinal));

        CommandLineResult result = await Cli.RunAsync(Line);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("'nobody'", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The quickstart, small: everything that it promises is there.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Quickstart_FewRows_WritesTableAndReport()
    {
        CommandLineResult result = (await Cli.RunAsync("quickstart", "--output", _folder["q"], "--set", "data.rows=4000", "--threads", "2")).Succeeded();

        Assert.Contains("true TT ranks", result.Output, StringComparison.Ordinal);
        Assert.Contains("[3, 2]", result.Output, StringComparison.Ordinal);
        Assert.Contains("Best possible test AUC", result.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["q/report.html"]));
    }
}
