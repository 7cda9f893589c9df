using Dlrm.Numerics;

namespace Dlrm.Data.Tests;

public sealed class RawBatchSourceTests
{
    [Theory, InlineData(1), InlineData(3), InlineData(100)]
    public void TryRead_TheConvertedRows_GivesWhatTheDatasetHas(int batchSize)
    {
        using TemporaryFolder folder = new();
        folder.Write("in/a.tsv", DatasetConverterTests.Text());
        folder.Write("in/b.csv", "label,I1,I2,C1,C2\n" + DatasetConverterTests.Text().Replace('\t', ','));
        DatasetConverter.Convert(DatasetConverterTests.Options(folder, folder["in"]) with { MinFrequency = 1, ValidFraction = 0, TestFraction = 0 });
        DatasetFolder dataset = DatasetFolder.Open(folder["set"]);
        Batch expected = DatasetConverterTests.ReadAll(folder["set"], DatasetSplit.Train);
        using RawBatchSource source = new(dataset.Schema, dataset.VocabularyPath, [folder["in"]], new RawBatchSourceOptions { BatchSize = batchSize });
        List<float> labels = [];
        List<float> dense = [];
        List<long> ids = [];

        while (source.TryRead(out Batch batch))
        {
            Assert.Equal(labels.Count, batch.FirstSample);
            batch.Sparse[1].Validate(dataset.Schema.Sparse[1].Rows, "C2");
            labels.AddRange(batch.Labels);
            dense.AddRange(batch.Dense);
            ids.AddRange(batch.Sparse[1].Indices);
        }

        Assert.Equal(expected.Labels.ToArray(), labels);
        Assert.Equal(expected.Dense.ToArray(), dense);
        Assert.Equal(expected.Sparse[1].Indices.ToArray(), ids);
        Assert.Equal((true, 0, 20, 20), (source.HasLabels, source.MissingLabels, source.Samples, source.Cursor.Row));
    }

    [Fact]
    public void TryRead_NoLabelsAndNewValues_AreCounted()
    {
        using TemporaryFolder folder = new();
        DatasetConverter.Convert(DatasetConverterTests.Options(folder, folder.Write("rows.tsv", DatasetConverterTests.Text())));
        DatasetFolder dataset = DatasetFolder.Open(folder["set"]);
        string unlabelled = folder.Write("new.tsv", "1\t2\ta\tnever\n\t\t\t\n");
        string gap = folder.Write("gap.tsv", "1\t1\t2\ta\tx\n\t1\t2\ta\tx\n");
        using RawBatchSource source = new(dataset.Schema, dataset.VocabularyPath, [unlabelled], new RawBatchSourceOptions());
        using RawBatchSource half = new(dataset.Schema, dataset.VocabularyPath, [gap], new RawBatchSourceOptions());

        Assert.True(source.TryRead(out Batch batch));
        Assert.True(half.TryRead(out _));

        Assert.False(source.HasLabels);
        Assert.Equal([0, 1], source.UnknownValues);
        Assert.Equal([0, 1], batch.Sparse[1].Indices.ToArray());
        Assert.Equal((true, 1), (half.HasLabels, half.MissingLabels));
    }

    [Fact]
    public void Seek_AnyRow_GivesTheRest()
    {
        using TemporaryFolder folder = new();
        folder.Write("in/a.tsv", DatasetConverterTests.Text());
        folder.Write("in/b.tsv", DatasetConverterTests.Text());
        DatasetSchema schema = new() { Dense = ["I1", "I2"], Sparse = [new("C1", 1000), new("C2", 1000)], Ids = new() { Kind = IdEncodingKind.Hash } };
        using RawBatchSource source = new(schema, null, [folder["in"]], new RawBatchSourceOptions { BatchSize = 50 });
        source.TryRead(out Batch all);
        long[] ids = all.Sparse[0].Indices.ToArray();

        for (int row = 0; row < 20; row += 3)
        {
            source.Seek(new DataCursor(0, row));
            Assert.True(source.TryRead(out Batch rest));
            Assert.Equal(ids[row..], rest.Sparse[0].Indices.ToArray());
        }

        source.Seek(new DataCursor(0, 20));
        Assert.False(source.TryRead(out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Seek(new DataCursor(0, 21)));
    }

    [Fact]
    public void Constructor_OtherVocabulary_IsRefused()
    {
        using TemporaryFolder folder = new();
        string input = folder.Write("rows.tsv", DatasetConverterTests.Text());
        DatasetSchema first = DatasetConverter.Convert(DatasetConverterTests.Options(folder, input)).Schema;
        string other = folder.Write("other.tsv", DatasetConverterTests.Text().Replace("\tb\t", "\te\t", StringComparison.Ordinal));
        DatasetConverter.Convert(DatasetConverterTests.Options(folder, other) with { Output = folder["other"] });

        DataFormatException exception = Assert.Throws<DataFormatException>(
            () => new RawBatchSource(first, folder["other/vocabulary.parquet"], [input], new RawBatchSourceOptions()));

        Assert.Contains("SHA-256", exception.Message, StringComparison.Ordinal);
    }
}
