namespace Dlrm.Embeddings.Tests.Planning;

/// <summary>The rule of <see cref="FormatChooser"/>.</summary>
public sealed class FormatChooserTests
{
    private static readonly TableOptions Auto = new() { Format = TensorFormat.Auto };

    [Fact]
    public void Choose_UpToTheBorder_IsAProjectionWithExactRows()
    {
        TablePlan plan = TablePlan.Of(Auto, FormatChooser.ProjectionRows, 16);

        Assert.Equal([100_000 - 32, 1], plan.Format!.RowModes);
        Assert.Equal([1, 16], plan.Format.ColumnModes);
        Assert.Equal([2], plan.Format.Ranks);
        Assert.Equal(32, plan.ExactRows);
        Assert.Contains("at most 100000 rows", plan.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_AboveTheBorder_IsBalanced()
    {
        TablePlan plan = TablePlan.Of(Auto with { StartRank = 12 }, FormatChooser.ProjectionRows + 1, 16);

        Assert.Equal("ttm", plan.Format!.Name);
        Assert.Equal([47, 47, 46], plan.Format.RowModes);
        Assert.Equal([12, 12], plan.Format.Ranks);
        Assert.Contains("more than 100000 rows", plan.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_ExactRowsGiven_AreKept() => Assert.Equal(7, TablePlan.Of(Auto with { ExactRows = 7 }, 5000, 16).ExactRows);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(128, 16)]
    public void Choose_AProjection_StartsAtAnEighthOfTheColumns(int dim, int expected) => Assert.Equal([expected], TablePlan.Of(Auto, 5000, dim).Format!.Ranks);

    [Fact]
    public void Choose_OtherKindsAndFormats_StayAsTheyAre()
    {
        TableOptions[] given = [Auto with { Kind = TableKind.Dense }, Auto with { Kind = TableKind.Hash }, Auto with { CompressAbove = 5000 }, new TableOptions { Format = TensorFormat.Cp }];

        Assert.All(given, options => Assert.Same(options, FormatChooser.Choose(options, 5000, 16).Options));
    }

    [Fact]
    public void Problems_AutoWithModes_AreTold() =>
        Assert.Contains("format is auto", Assert.Single((Auto with { RowModes = [50, 100] }).Problems("model.tables")), StringComparison.Ordinal);

    [Fact]
    public void Create_OfAuto_IsRefused() =>
        Assert.Contains("no format of a tensor", Assert.Throws<ArgumentException>(() => LowRankFormats.Create(new LowRankOptions { Format = TensorFormat.Auto }, 50, 8)).Message, StringComparison.Ordinal);

    [Fact]
    public void Named_Auto_IsRefused() => Assert.Throws<ArgumentException>(() => LowRankFormats.Named("auto"));
}
