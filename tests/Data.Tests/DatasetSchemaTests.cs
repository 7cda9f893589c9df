using System.Text.Json;

namespace Dlrm.Data.Tests;

public sealed class DatasetSchemaTests
{
    private static readonly DatasetSchema Schema = Samples.Schema with { Train = [new("train/part-00000.parquet", 5)] };

    /// <summary>Gets texts to replace in a good schema.json, and what the message must say.</summary>
    public static TheoryData<string, string, string> Wrong => new()
    {
        { "\"dlrm-dataset\"", "\"other\"", "'other'" },
        { "\"version\": 1", "\"version\": 2", "version 2" },
        { "\"rows\": 1009", "\"rows\": 1010", "changed" },
        { "\"rows\": 1009", "\"rows\": 0", "0 rows" },
        { "\"name\": \"C2\"", "\"name\": \"C1\"", "C1 occurs twice" },
        { "train/part-00000.parquet", "../../etc/passwd", "can't be part" },
        { "train/part-00000.parquet", "/etc/passwd", "can't be part" },
        { "\"transform\"", "\"transfrom\"", "transfrom" },
        { "{", "[", "no dataset schema" },
    };

    [Fact]
    public void Write_AndRead_GiveTheSame()
    {
        using TemporaryFolder folder = new();
        Schema.Write(folder.Root);

        DatasetSchema read = DatasetSchema.Read(folder.Root);

        Assert.Equal(Schema.ToJson(), read.ToJson());
        Assert.Equal(Schema.ComputeFingerprint(), read.Fingerprint);
        Assert.Equal(5, read.Rows(DatasetSplit.Train));
        Assert.Equal(["schema.json"], Directory.EnumerateFiles(folder.Root).Select(Path.GetFileName));
    }

    [Theory, MemberData(nameof(Wrong))]
    public void Read_WrongText_SaysWhereAndWhat(string good, string bad, string word)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write(DatasetSchema.FileName, Schema.ToJson().Replace(good, bad, StringComparison.Ordinal));

        DataFormatException exception = Assert.Throws<DataFormatException>(() => DatasetSchema.Read(folder.Root));

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(word, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TruncatedAnywhere_IsRefused()
    {
        using TemporaryFolder folder = new();
        string json = Schema.ToJson();

        for (int length = 0; length < json.Length - 2; length += 7)
        {
            folder.Write(DatasetSchema.FileName, json[..length]);
            Assert.Throws<DataFormatException>(() => DatasetSchema.Read(folder.Root));
        }
    }

    [Fact]
    public void Fingerprint_FilesAndCounts_DoNotCount()
    {
        Assert.Equal(Samples.Schema.ComputeFingerprint(), Schema.ComputeFingerprint());
        Assert.NotEqual(Schema.ComputeFingerprint(), (Schema with { Transform = DenseTransform.Log1P }).ComputeFingerprint());
        Assert.NotEqual(Schema.ComputeFingerprint(), (Schema with { Ids = new() { VocabularySha256 = "00" } }).ComputeFingerprint());
    }

    [Fact]
    public void RequireSameMeaning_OtherRows_NamesTheTableAndBothSizes()
    {
        DatasetSchema other = Schema with { Sparse = [new("C1", 1009), new("C2", 51) { IsMultiHot = true }, Schema.Sparse[2]] };

        DataFormatException exception = Assert.Throws<DataFormatException>(() => other.RequireSameMeaning(Schema));

        Assert.Contains("table C2 has 51 rows (lists), but 50 rows (lists)", exception.Message, StringComparison.Ordinal);
        Schema.RequireSameMeaning(Samples.Schema);
    }

    [Fact]
    public void Parse_NotJson_IsToldApart() => Assert.Throws<JsonException>(() => DatasetSchema.Parse("hello", "model.json"));

    [Fact]
    public void Open_MissingFile_IsNamed()
    {
        using TemporaryFolder folder = new();
        Schema.Write(folder.Root);

        Assert.Contains("part-00000.parquet is missing", Assert.Throws<DataFormatException>(() => DatasetFolder.Open(folder.Root)).Message, StringComparison.Ordinal);
    }
}
