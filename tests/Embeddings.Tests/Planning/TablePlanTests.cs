using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Planning;

/// <summary>What a plan counts is what the table has.</summary>
public sealed class TablePlanTests
{
    private const int Dim = 8;

    public static TheoryData<TableKind, TensorFormat, int> Tables
    {
        get
        {
            TheoryData<TableKind, TensorFormat, int> data = [];
            foreach (TableKind kind in Enum.GetValues<TableKind>().Where(kind => kind != TableKind.LowRank))
            {
                data.Add(kind, TensorFormat.Ttm, 0);
            }

            foreach (TensorFormat format in Enum.GetValues<TensorFormat>())
            {
                data.Add(TableKind.LowRank, format, 0);
                data.Add(TableKind.LowRank, format, 5);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Of_EveryKindAndFormat_CountsWhatTheBagStores(TableKind kind, TensorFormat format, int exactRows)
    {
        foreach (int rows in (int[])[20, 77, 500])
        {
            TableOptions options = new() { Kind = kind, Format = format, CompressAbove = 20, StoredRows = 30, StartRank = 3, ExactRows = exactRows };
            using CpuDevice device = new(1);
            using IEmbeddingBag bag = EmbeddingBagFactory.Create(
                device, "tables.C1", rows, Dim, options, new OptimizerOptions(), new OptimizerOptions(), new RankPriorOptions(), new RandomStream(1, 0));

            TablePlan plan = TablePlan.Of(options, rows, Dim);

            Assert.Equal(bag.Parameters.Sum(parameter => parameter.StoredElements), plan.Parameters);
            Assert.Equal(bag.Tensor?.Format.ToString(), plan.Format?.ToString());
        }
    }

    /// <summary>KERNELS §1: 4,096 + 512.</summary>
    [Fact]
    public void RowMultiplyAdds_TtmOfTheKernelsPage_IsItsCount() =>
        Assert.Equal(4608, new TtmFormat(new TtmShape(10_131_227, [200, 220, 250], [2, 2, 4], [1, 32, 32, 1])).RowMultiplyAdds);

    /// <summary>Each count, done by hand from the order of contraction.</summary>
    [Theory]
    [InlineData(TensorFormat.Ttm, (2 * 2 * 3 * 3) + (2 * 2 * 2 * 3))]
    [InlineData(TensorFormat.Tt, (3 * 3) + (3 * 3) + (3 * 8))]
    [InlineData(TensorFormat.Cp, 3 + 3 + (3 * 8))]
    [InlineData(TensorFormat.Tucker, 81 + 27 + 9 + (3 * 8))]
    [InlineData(TensorFormat.Ring, (3 * 3 * 3) + (3 * 3 * 3) + (3 * 3 * 8))]
    public void RowMultiplyAdds_RankThree_IsTheCountByHand(TensorFormat format, long expected) =>
        Assert.Equal(expected, LowRankFormats.Create(new LowRankOptions { Format = format, StartRank = 3 }, 500, Dim).RowMultiplyAdds);
}
