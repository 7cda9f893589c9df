using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.TestSupport;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Documents;

/// <summary>The Python in the documents reads our models: it is run as it stands, and gives the rows that we look up.</summary>
public sealed partial class NumpyReaderTests
{
    private const int Dim = 12;

    private static readonly (string Name, long Rows, TableOptions Options)[] Tables =
    [
        ("ttm", 130, new TableOptions { Kind = TableKind.LowRank, StartRank = 9 }),
        ("ttmTwo", 101, new TableOptions { Kind = TableKind.LowRank, RowModes = [101, 1], ColumnModes = [1, Dim], StartRanks = [5] }),
        ("ttmFour", 97, new TableOptions { Kind = TableKind.LowRank, Order = 4, StartRank = 3 }),
        ("tt", 70, new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Tt, StartRank = 4 }),
        ("ttSplit", 70, new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Tt, ColumnModes = [3, 4], StartRank = 4 }),
        ("ring", 70, new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Ring, ColumnModes = [3, 4], StartRank = 3 }),
        ("cp", 70, new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Cp, ColumnModes = [3, 4], StartRank = 6 }),
        ("tucker", 70, new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Tucker, ColumnModes = [3, 4], StartRank = 3 }),
        ("exact", 70, new TableOptions { Kind = TableKind.LowRank, ExactRows = 7, KeptRows = 60, StartRank = 3 }),
        ("dense", 11, new TableOptions { Kind = TableKind.Dense }),
        ("hash", 50, new TableOptions { Kind = TableKind.Hash, StoredRows = 13 }),
        ("frequent", 50, new TableOptions { Kind = TableKind.FrequentRows, StoredRows = 5 }),
        ("quotient", 50, new TableOptions { Kind = TableKind.QuotientRemainder, StoredRows = 7, KeptRows = 31 }),
        ("zero", 50, new TableOptions { Kind = TableKind.Zero }),
        ("pruned", 40, new TableOptions { Kind = TableKind.LowRank }),
    ];

    /// <summary>The reader of the README gives every row of TT-matrix tables, in every storage.</summary>
    /// <param name="storage">How cores are stored.</param>
    /// <returns>The task.</returns>
    [Theory, InlineData(StorageType.Float32), InlineData(StorageType.Float16), InlineData(StorageType.Int8), InlineData(StorageType.Int4)]
    public Task Readme_Reader_GivesOurRows(StorageType storage) => CompareAsync("README.md", storage, [.. Tables.Where(table => table.Name.StartsWith("ttm", StringComparison.Ordinal))]);

    /// <summary>The reader of docs/model.md gives every row of every kind of table, in every storage.</summary>
    /// <param name="storage">How rows and factors are stored.</param>
    /// <returns>The task.</returns>
    [Theory, InlineData(StorageType.Float32), InlineData(StorageType.Float16), InlineData(StorageType.Int8), InlineData(StorageType.Int4)]
    public Task ModelDocument_Reader_GivesOurRows(StorageType storage) => CompareAsync("docs/model.md", storage, Tables);

    private static async Task CompareAsync(string document, StorageType storage, (string Name, long Rows, TableOptions Options)[] tables)
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(1);
        float[] expected = Save(folder["model"], device, storage, tables);
        string reader = Reader().Match(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, document))).Groups[1].Value;
        Assert.NotEmpty(reader);

        string output = await RunAsync(folder.Path, reader + """

            for table in json.load(open("model/model.json"))["tables"]:
                for i in range(table["rows"]):
                    print(*(repr(float(number)) for number in row(table, i)))
            """);

        float[] actual = [.. output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(text => (float)double.Parse(text, CultureInfo.InvariantCulture))];
        Assert.Equal(expected.Length, actual.Length);
        double scale = expected.Max(MathF.Abs);
        int worst = Enumerable.Range(0, expected.Length).MaxBy(i => Math.Abs(expected[i] - actual[i]));
        Assert.True(Math.Abs(expected[worst] - actual[worst]) <= 2e-6 * scale, $"Number {worst}: {expected[worst]} is ours, {actual[worst]} theirs.");
        Assert.True(expected.Count(value => value != 0) > expected.Length / 2);
    }

    private static float[] Save(string folder, CpuDevice device, StorageType storage, (string Name, long Rows, TableOptions Options)[] tables)
    {
        using (DlrmModel model = new(
            device,
            new DlrmOptions
            {
                Model = new ModelOptions
                {
                    EmbeddingDim = Dim,
                    BottomMlp = [Dim],
                    TopMlp = [5],
                    Storage = new StorageOptions { Rows = storage, Cores = storage },
                    TableOverrides = tables.ToDictionary(table => table.Name, table => table.Options with { CompressAbove = 0, InitialEntryDeviation = 0.1 }),
                },
                Training = new TrainingOptions { Seed = 7 },
            },
            new ModelInputs(2, [.. tables.Select(table => table.Name)], [.. tables.Select(table => table.Rows)])))
        {
            model.Bags.FirstOrDefault(bag => bag.Name == "tables.pruned")?.Tensor!.BecomeZero();
            CompactModel.Save(folder, model, string.Empty);
        }

        using DlrmModel loaded = DlrmModel.Load(folder, device);
        List<float> rows = [];
        foreach (IEmbeddingBag bag in loaded.Bags)
        {
            using DeviceBuffer<float> output = device.Allocate<float>(bag.Rows * Dim);
            bag.Forward(JaggedIndices.OneHot([.. Enumerable.Range(0, (int)bag.Rows).Select(row => (long)row)]), new Matrix(output, (int)bag.Rows, Dim));
            rows.AddRange(output.ToArray());
        }

        return [.. rows];
    }

    private static async Task<string> RunAsync(string folder, string script)
    {
        string[] candidates = [.. (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Select(path => Path.Combine(path, "python3")).Where(File.Exists)];
        string? python = null;
        foreach (string candidate in candidates)
        {
            if (python is null && (await StartAsync(candidate, folder, "import numpy")).Code == 0)
            {
                python = candidate;
            }
        }

        Assert.True(python is not null, "No python3 on the PATH can import numpy: apt-get install python3-numpy.");
        (int code, string output, string error) = await StartAsync(python, folder, script);
        Assert.True(code == 0, error);
        return output;
    }

    private static async Task<(int Code, string Output, string Error)> StartAsync(string python, string folder, string script)
    {
        using Process process = Process.Start(new ProcessStartInfo(python, ["-c", script]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, error);
    }

    [GeneratedRegex("<!-- numpy -->\\s*```python\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Reader();
}
