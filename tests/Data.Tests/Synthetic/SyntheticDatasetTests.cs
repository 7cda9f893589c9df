using Dlrm.Data.Interop;
using Dlrm.Data.Synthetic;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests.Synthetic;

public sealed class SyntheticDatasetTests
{
    [Fact]
    public void Write_AnyThreads_GivesTheSameBytesInEveryFile()
    {
        using TemporaryFolder folder = new();
        SyntheticGenerator generator = SyntheticGeneratorTests.Seven.Value;

        SyntheticDataset.Write(generator, folder["a"]);
        SyntheticDataset.Write(new SyntheticGenerator(SyntheticGeneratorTests.SmallOptions(7)), folder["b"], threads: 2);
        SyntheticDataset.Write(generator, folder["c"], threads: 5);

        string[] files = [.. Files(folder["a"])];
        Assert.Equal(["schema.json", "teacher.bin", "teacher.json", "test/part-00000.parquet", "train/part-00000.parquet", "valid/part-00000.parquet"], files);
        foreach (string other in new[] { "b", "c" })
        {
            Assert.Equal(files, Files(folder[other]));
            Assert.All(files, (string file) => Assert.Equal(File.ReadAllBytes(Path.Combine(folder["a"], file)), File.ReadAllBytes(Path.Combine(folder[other], file))));
        }
    }

    [Fact]
    public void Write_SmallDataset_HoldsTheGeneratedRowsBySplit()
    {
        using TemporaryFolder folder = new();
        SyntheticGenerator generator = SyntheticGeneratorTests.Seven.Value;
        List<GeneratorProgress> reports = [];

        TeacherDescription description = SyntheticDataset.Write(generator, folder["set"], progress: new Recorder(reports));

        DatasetFolder dataset = DatasetFolder.Open(folder["set"]);
        Assert.Equal((16_000, 2000, 2000), (dataset.Schema.Rows(DatasetSplit.Train), dataset.Schema.Rows(DatasetSplit.Valid), dataset.Schema.Rows(DatasetSplit.Test)));
        Assert.Equal(DenseTransform.Log1P, dataset.Schema.Transform);
        Assert.Equal([20_000L, 5000, 40], dataset.Schema.Sparse.Select((SparseFeature feature) => feature.Rows));
        Assert.Equal(new GeneratorProgress(20_000, 20_000), reports[^1]);
        Assert.Equal((16_000, 2000, 2000), (description.Train.Samples, description.Valid.Samples, description.Test.Samples));

        SyntheticBlock block = generator.NewBlock();
        generator.Fill(0, block);
        using DuckDbConnection connection = new(new DuckDbOptions());
        string train = $"'{folder["set"]}/train/part-00000.parquet'";
        Assert.Equal((long)block.Ids[0][..8192].Sum(), connection.Scalar($"SELECT CAST(sum(C1) AS BIGINT) FROM (SELECT C1 FROM {train} LIMIT 8192)"));
        Assert.Equal((long)block.Labels.Sum(), connection.Scalar($"SELECT CAST(sum(label) AS BIGINT) FROM (SELECT label FROM {train} LIMIT 8192)"));
    }

    [Fact]
    public void Read_WrittenTeacher_GivesTheSameProbabilities()
    {
        using TemporaryFolder folder = new();
        SyntheticGenerator generator = SyntheticGeneratorTests.Seven.Value;
        TeacherDescription written = SyntheticDataset.Write(generator, folder["set"]);
        SyntheticBlock block = generator.NewBlock();
        generator.Fill(1, block);
        double[] expected = block.Logits[..block.Count];

        SyntheticTeacher teacher = TeacherFile.Read(folder["set"]);
        TeacherDescription read = TeacherFile.ReadDescription(folder["set"]);
        Array.Clear(block.Logits);
        teacher.Label(block);

        Assert.Equal(expected, block.Logits[..block.Count]);
        Assert.Equal(written.Test, read.Test);
        Assert.Equal([1, 2, 4, 1], read.Tables[0].Ranks);
        Assert.Equal(generator.Teacher.Tables[0].Bytes, read.Tables[0].Bytes);
        Assert.False(read.Tables[2].IsTtm);
        Assert.InRange(read.Train.ExpectedAuc, 0.79, 0.81);
    }

    [Fact]
    public void Read_EmptySplit_HasUndefinedFigures()
    {
        using TemporaryFolder folder = new();
        SyntheticDataset.Write(new SyntheticGenerator(SyntheticGeneratorTests.SmallOptions(7) with { Rows = 100, TrainFraction = 1, ValidFraction = 0 }), folder["set"]);

        TeacherDescription description = TeacherFile.ReadDescription(folder["set"]);

        Assert.Equal(0, description.Test.Samples);
        Assert.True(double.IsNaN(description.Test.Auc));
    }

    [Theory]
    [InlineData("teacher.bin", "bytes, but the tables")]
    [InlineData("teacher.json", "is not a teacher's description")]
    public void Read_TruncatedFile_SaysWhichAndWhy(string file, string message)
    {
        using TemporaryFolder folder = new();
        SyntheticDataset.Write(new SyntheticGenerator(SyntheticGeneratorTests.SmallOptions(7) with { Rows = 100 }), folder["set"]);
        string path = Path.Combine(folder["set"], file);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^7]);

        DataFormatException error = Assert.Throws<DataFormatException>(() => TeacherFile.Read(folder["set"]));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FolderWithoutTeacher_SaysSo()
    {
        using TemporaryFolder folder = new();
        Assert.False(TeacherFile.Exists(folder.Root));
        Assert.Contains("has no teacher.json", Assert.Throws<DataFormatException>(() => TeacherFile.Read(folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Cancelled_LeavesNothing()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource cancellation = new();
        SyntheticGenerator generator = SyntheticGeneratorTests.Seven.Value;
        Recorder recorder = new([]) { OnReport = cancellation.Cancel };

        Assert.Throws<OperationCanceledException>(() => SyntheticDataset.Write(generator, folder["set"], progress: recorder, cancellation: cancellation.Token));

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Write_TableTooLargeForDisk_IsRefused()
    {
        using TemporaryFolder folder = new();
        SyntheticGenerator generator = new(new GeneratorOptions { Rows = 10, Tables = [new SyntheticTable { Rows = 1L << 31, TeacherRanks = [2, 2] }] });
        Assert.Contains("Tables[0].Rows is 2147483648", Assert.Throws<OptionsException>(() => SyntheticDataset.Write(generator, folder["set"])).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select((string file) => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal);

    private sealed class Recorder(List<GeneratorProgress> reports) : IProgress<GeneratorProgress>
    {
        public Action OnReport { get; init; } = () => { };

        public void Report(GeneratorProgress value)
        {
            reports.Add(value);
            OnReport();
        }
    }
}
