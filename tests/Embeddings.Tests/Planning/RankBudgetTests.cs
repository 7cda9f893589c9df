namespace Dlrm.Embeddings.Tests.Planning;

/// <summary>Tests of <see cref="RankBudget"/>.</summary>
public sealed class RankBudgetTests
{
    private const int Dim = 16;
    private static readonly TableOptions Auto = new() { Format = TensorFormat.Auto };
    private static readonly long[] Rows = [3_000_000, 400_000, 60_000, 5_000, 1_200, 30];

    public static TheoryData<TensorFormat, long> Budgets
    {
        get
        {
            TheoryData<TensorFormat, long> data = [];
            foreach (TensorFormat format in LowRankFormats.All)
            {
                foreach (long bytes in (long[])[60_000, 430_778, 2_000_000, 20_000_000])
                {
                    data.Add(format, bytes);
                }
            }

            return data;
        }
    }

    /// <summary>The budget is kept, and no bond below the table's dense size could have one component more.</summary>
    [Theory]
    [MemberData(nameof(Budgets))]
    public void Distribute_ABudget_IsKeptAndUsed(TensorFormat format, long bytes)
    {
        BudgetTable[] tables = [.. Rows.Select(rows => new BudgetTable(Auto with { Format = format }, rows))];

        RankAllocation allocation = new RankBudget(Dim).Distribute(tables, bytes);

        TablePlan[] plans = [.. allocation.Tables.Select((choice, t) => TablePlan.Of(choice, Rows[t], Dim))];
        long sum = plans.Sum(plan => plan.Bytes);
        Assert.Equal(allocation.Bytes, sum);
        Assert.InRange(sum, 1, bytes);
        double share = plans.All(plan => 2 * plan.Bytes <= plan.DenseBytes || plan.Format is null) ? 0.5 : 1;
        foreach (TablePlan plan in plans.Where(plan => plan.Format is not null))
        {
            for (int bond = 0; bond < plan.Format!.Ranks.Count; bond++)
            {
                int[] ranks = [.. plan.Format.Ranks];
                if (ranks[bond] == 1024 || (ranks[bond] == ranks.Max() && ranks[bond] != ranks.Min()))
                {
                    // At the largest rank there is, or raised at last by the one component that a bond may get.
                    continue;
                }

                ranks[bond]++;
                TablePlan larger = TablePlan.Of(plan.Options with { StartRanks = ranks }, plan.Rows, Dim);
                Assert.True(
                    larger.Bytes == plan.Bytes || larger.Bytes > share * larger.DenseBytes || sum + larger.Bytes - plan.Bytes > bytes,
                    $"{plan.Format}: bond {bond} could have one component more in {bytes - sum} bytes that are left.");
            }
        }
    }

    /// <summary>A small table does not take what the others can use until it is almost dense, unless bytes are left at the end.</summary>
    [Fact]
    public void Distribute_ASmallTable_StaysHalfAsLargeAsDense()
    {
        BudgetTable[] tables = [new(Auto, 3_000_000), new(Auto, 60_000)];

        TablePlan usual = TablePlan.Of(new RankBudget(Dim).Distribute(tables, 10_000_000).Tables[1], 60_000, Dim);
        TablePlan roomy = TablePlan.Of(new RankBudget(Dim).Distribute(tables, 190_000_000).Tables[1], 60_000, Dim);

        Assert.Equal([7], usual.Format!.Ranks);
        Assert.Equal([15], roomy.Format!.Ranks);
    }

    [Fact]
    public void Distribute_MoreBytes_GiveNoLowerCap()
    {
        BudgetTable[] tables = [.. Rows.Select(rows => new BudgetTable(Auto, rows))];
        int[] caps = [.. ((long[])[450_000, 600_000, 1_000_000, 4_000_000]).Select(bytes => new RankBudget(Dim).Distribute(tables, bytes).RankCap)];

        Assert.Equal(caps.Order(), caps);
        Assert.True(caps[0] < caps[^1]);
    }

    /// <summary>Exact rows go first, then the largest projection; the smaller one stays.</summary>
    [Fact]
    public void Distribute_TooLittleForProjections_GivesUpTheLargestFirst()
    {
        BudgetTable[] tables = [new(Auto, 60_000), new(Auto, 5_000)];

        RankAllocation roomy = new RankBudget(Dim).Distribute(tables, 400_000);
        RankAllocation narrow = new RankBudget(Dim).Distribute(tables, 100_000);
        RankAllocation tight = new RankBudget(Dim).Distribute(tables, 10_000);

        Assert.Equal([ModeLayout.Projection, ModeLayout.Projection], roomy.Tables.Select(choice => choice.Options.Layout));
        Assert.All(roomy.Tables, choice => Assert.Equal(32, choice.Options.ExactRows));
        Assert.Equal([ModeLayout.Balanced, ModeLayout.Projection], narrow.Tables.Select(choice => choice.Options.Layout));
        Assert.All(narrow.Tables, choice => Assert.Equal(0, choice.Options.ExactRows));
        Assert.Equal([ModeLayout.Balanced, ModeLayout.Balanced], tight.Tables.Select(choice => choice.Options.Layout));
    }

    [Fact]
    public void Distribute_RanksGiven_StayAsTheyAre()
    {
        TableOptions given = new() { StartRanks = [5, 7] };

        RankAllocation allocation = new RankBudget(Dim).Distribute([new(given, 400_000), new(Auto, 60_000)], 2_000_000);

        Assert.Same(given, allocation.Tables[0].Options);
        Assert.True(allocation.Tables[1].Options.StartRanks[0] > 1);
    }

    [Fact]
    public void Distribute_LessThanRankOne_TellsTheLeast()
    {
        RankAllocation allocation = new RankBudget(Dim).Distribute([new(new TableOptions(), 400_000)], 100);

        Assert.Equal(0, allocation.RankCap);
        Assert.Equal(TablePlan.Of(new TableOptions { StartRank = 1 }, 400_000, Dim).Bytes, allocation.Bytes);
    }
}
