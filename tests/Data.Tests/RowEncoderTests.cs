using Dlrm.Numerics;

namespace Dlrm.Data.Tests;

/// <summary>Tests of <see cref="RowEncoder"/>.</summary>
public sealed class RowEncoderTests
{
    [Fact]
    public void Encode_TheConvertedRows_GivesWhatTheDatasetHas()
    {
        using TemporaryFolder folder = new();
        DatasetConverter.Convert(DatasetConverterTests.Options(folder, folder.Write("rows.tsv", DatasetConverterTests.Text())) with { ValidFraction = 0, TestFraction = 0 });
        DatasetFolder dataset = DatasetFolder.Open(folder["set"]);
        Batch expected = DatasetConverterTests.ReadAll(folder["set"], DatasetSplit.Train);
        string[] names = ["label", "I1", "I2", "C1", "C2"];
        Dictionary<string, string?>[] rows =
        [
            .. DatasetConverterTests.Text().TrimEnd('\n').Split('\n').Select(line => line.Split('\t').Zip(names).ToDictionary(pair => pair.Second, pair => (string?)pair.First, StringComparer.Ordinal)),
        ];

        Batch batch = new RowEncoder(dataset.Schema, dataset.VocabularyPath).Encode(rows);

        Assert.Equal(expected.Dense.ToArray(), batch.Dense.ToArray());
        Assert.Equal(expected.Sparse[0].Indices.ToArray(), batch.Sparse[0].Indices.ToArray());
        Assert.Equal(expected.Sparse[1].Indices.ToArray(), batch.Sparse[1].Indices.ToArray());
        Assert.Equal(expected.Sparse[1].Offsets.ToArray(), batch.Sparse[1].Offsets.ToArray());
    }

    [Fact]
    public void Encode_NoValues_AreMissingOnes()
    {
        RowEncoder encoder = new(Hashed, vocabularyPath: null);

        Batch batch = encoder.Encode([new Dictionary<string, string?>(), new Dictionary<string, string?> { ["I1"] = null, ["C1"] = string.Empty }, new Dictionary<string, string?> { ["C1"] = "x" }]);

        Assert.Equal([0, 0, 0], batch.Dense.ToArray());
        Assert.Equal([0, 0], batch.Sparse[0].Indices[..2].ToArray());
        Assert.InRange(batch.Sparse[0].Indices[2], 1, 99);
    }

    /// <summary>Values that are none are named with their place.</summary>
    /// <param name="feature">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="says">A part of the message.</param>
    [Theory]
    [InlineData("I9", "1", "Row 1 has a value of 'I9', but the features are I1, C1")]
    [InlineData("I1", "many", "Row 1, feature I1: the value is 'many'; a finite number is expected")]
    [InlineData("I1", "NaN", "Row 1, feature I1: the value is 'NaN'")]
    [InlineData("C1", "100", "Row 1, feature C1: the value is '100'; the dataset has no vocabulary, so ids 0 to 99 are expected")]
    [InlineData("C1", "", "Row 1, feature C1: the value is ''; the dataset has no vocabulary")]
    public void Encode_WrongValue_IsNamedWithItsRow(string feature, string value, string says)
    {
        RowEncoder encoder = new(Hashed with { Ids = new IdEncoding() }, vocabularyPath: null);
        Dictionary<string, string?> good = new() { ["I1"] = "2.5", ["C1"] = "99" };

        DataFormatException exception = Assert.Throws<DataFormatException>(() => encoder.Encode([good, new Dictionary<string, string?>(good) { [feature] = value }]));

        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    private static DatasetSchema Hashed => new() { Dense = ["I1"], Sparse = [new("C1", 100)], Ids = new IdEncoding { Kind = IdEncodingKind.Hash, Seed = 3 } };
}
