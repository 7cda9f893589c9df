using Dlrm.Data.Synthetic;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests.Synthetic;

public sealed class GeneratorOptionsTests
{
    [Fact]
    public void Preset_Quickstart_HasThePromisedShape()
    {
        GeneratorOptions options = GeneratorOptions.Preset("quickstart");
        options.Validate();

        Assert.Equal(400_000, options.Rows);
        Assert.Equal(0.85, options.TargetAuc);
        Assert.Equal(8, options.EmbeddingDim);
        Assert.Equal(5205, new SyntheticGenerator(options).Teacher.Tables.Sum((TeacherTable table) => table.Parameters.Length));
        Assert.Equal(0.25, options.BaseRate);
        Assert.Equal(8, options.Tables.Count);
        Assert.Equal((0, 320_000), options.RowsOf(DatasetSplit.Train));
        Assert.Equal((320_000, 360_000), options.RowsOf(DatasetSplit.Valid));
        Assert.Equal((360_000, 400_000), options.RowsOf(DatasetSplit.Test));
        Assert.All(options.Tables, (SyntheticTable table) => Assert.Equal(table.Rows >= 20_000, table.IsTtm));
        Assert.All(options.Tables, (SyntheticTable table) => Assert.All(table.TeacherRanks, (int ttRank) => Assert.InRange(ttRank, 2, 4)));
    }

    [Theory]
    [InlineData("kaggle", 1, 33_762_577, 45_840_617)]
    [InlineData("terabyte", 1, 187_767_399, 4_195_197_692)]
    [InlineData("kaggle", 0.001, 33_762, 45_841)]
    public void Preset_Criteo_HasThePublicCardinalitiesScaled(string name, double scale, long rowsOfTables, long rows)
    {
        GeneratorOptions options = GeneratorOptions.Preset(name, scale);
        options.Validate();

        Assert.Equal(26, options.Tables.Count);
        Assert.Equal(13, options.DenseFeatures);
        Assert.Equal(rows, options.Rows);
        Assert.InRange(options.Tables.Sum((SyntheticTable table) => table.Rows), rowsOfTables - 60, rowsOfTables + 60);
        Assert.All(options.Tables, (SyntheticTable table) => Assert.Equal(table.Rows >= 10_000, table.IsTtm));
    }

    [Fact]
    public void Preset_UnknownNameOrScale_SaysWhatIsPossible()
    {
        Assert.Contains("quickstart, kaggle, terabyte", Assert.Throws<OptionsException>(() => GeneratorOptions.Preset("x")).Message, StringComparison.Ordinal);
        Assert.Contains("(0, 100]", Assert.Throws<OptionsException>(() => GeneratorOptions.Preset("kaggle", 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_EveryFieldWrong_ListsThemAll()
    {
        GeneratorOptions options = new()
        {
            Rows = 0,
            DenseFeatures = 0,
            EmbeddingDim = 0,
            TrainFraction = 2,
            ValidFraction = -1,
            TargetAuc = 0.5,
            BaseRate = 0,
            DenseShare = -0.1,
            PairShare = 1.2,
            Tables =
            [
                new SyntheticTable { Rows = 0, ZipfExponent = -1, Weight = -2, TeacherRanks = [0] },
                new SyntheticTable { Rows = 2_000_000 },
            ],
        };

        OptionsException error = Assert.Throws<OptionsException>(options.Validate);

        Assert.Equal(
            [
                "Rows is 0, but must be at least 1.",
                "DenseFeatures is 0, but must lie in [1, 10000].",
                "EmbeddingDim is 0, but must lie in [1, 4096].",
                "TrainFraction is 2, but must lie in [0, 1].",
                "ValidFraction is -1, but must lie in [0, 1 - TrainFraction].",
                "TargetAuc is 0.5, but must lie in [0.51, 0.99].",
                "BaseRate is 0, but must lie in [0.001, 0.999].",
                "DenseShare is -0.1, but must lie in [0, 1].",
                "PairShare is 1.2, but must lie in [0, 1 - DenseShare].",
                "Tables[0].Rows is 0, but must be at least 1.",
                "Tables[0].ZipfExponent is -1, but must lie in [0, 10].",
                "Tables[0].Weight is -2, but must lie in [0, 1000000].",
                "Tables[0].TeacherRanks is [0], but each must lie in [1, 256].",
                "Tables[1] has 2000000 rows, but a dense teacher table has at most 1000000: give TeacherRanks.",
            ],
            error.Problems);
    }

    [Fact]
    public void Validate_RankAboveItsUnfolding_SaysTheMost()
    {
        GeneratorOptions options = new() { EmbeddingDim = 4, Tables = [new SyntheticTable { Rows = 9, TeacherRanks = [7] }] };
        Assert.Contains("can't have more than 6 there", Assert.Throws<OptionsException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, 4)]
    [InlineData(2, 2)]
    public void Validate_ColumnModesOfOtherNumberOrProduct_SaysBoth(params int[] modes)
    {
        SyntheticTable table = new() { Rows = 1000, TeacherRanks = [2, 2], ColumnModes = modes };
        GeneratorOptions options = new() { EmbeddingDim = 8, Tables = [table] };
        Assert.Equal(
            [$"Tables[0].ColumnModes is [{string.Join(", ", modes)}], but there must be 3 of them, with the product EmbeddingDim = 8."],
            Assert.Throws<OptionsException>(options.Validate).Problems);
    }

    [Fact]
    public void ColumnModes_Given_AreThoseOfTheTeacher()
    {
        SyntheticTable table = new() { Rows = 1000, TeacherRanks = [2, 3], ColumnModes = [1, 1, 8] };
        GeneratorOptions options = new() { Rows = 100, EmbeddingDim = 8, Tables = [table] };
        Assert.Equal("[10, 10, 10] [1, 1, 8] [1, 2, 3, 1]", Text(new SyntheticGenerator(options)));
        Assert.Equal("[10, 10, 10] [2, 2, 2] [1, 2, 3, 1]", Text(new SyntheticGenerator(options with { Tables = [table with { ColumnModes = [] }] })));

        static string Text(SyntheticGenerator generator) => generator.Teacher.Tables[0].Shape is { } shape
            ? $"[{string.Join(", ", shape.RowModes.ToArray())}] [{string.Join(", ", shape.ColumnModes.ToArray())}] [{string.Join(", ", shape.Ranks.ToArray())}]"
            : "dense";
    }

    [Fact]
    public void Defaults_AreTheDocumentedOnes()
    {
        GeneratorOptions options = new() { Tables = [] };
        Assert.Equal((1UL, 400_000L, 13, 16), (options.Seed, options.Rows, options.DenseFeatures, options.EmbeddingDim));
        Assert.Equal((0.8, 0.1, 0.8, 0.25), (options.TrainFraction, options.ValidFraction, options.TargetAuc, options.BaseRate));
        Assert.Equal((0.15, 0.15), (options.DenseShare, options.PairShare));
        Assert.False(options.ScrambleIds);
        Assert.Equal(1, new SyntheticTable { Rows = 1 }.Weight);
        Assert.Equal(1.05, new SyntheticTable { Rows = 1 }.ZipfExponent);
    }
}
