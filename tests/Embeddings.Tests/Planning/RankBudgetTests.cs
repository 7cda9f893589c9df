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
            foreach (TensorFormat format in Enum.GetValues<TensorFormat>())
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

        RankAllocation allocation = RankBudget.Distribute(tables, Dim, bytes);

        TablePlan[] plans = [.. allocation.Tables.Select((choice, t) => TablePlan.Of(choice, Rows[t], Dim))];
        long sum = plans.Sum(plan => plan.Bytes);
        Assert.Equal(allocation.Bytes, sum);
        Assert.InRange(sum, 1, bytes);
        foreach (TablePlan plan in plans.Where(plan => plan.Format is not null && plan.Format.Ranks.All(size => size <= allocation.RankCap)))
        {
            for (int bond = 0; bond < plan.Format!.Ranks.Count; bond++)
            {
                int[] ranks = [.. plan.Format.Ranks];
                ranks[bond]++;
                TablePlan larger = TablePlan.Of(plan.Options with { StartRanks = ranks }, plan.Rows, Dim);
                Assert.True(
                    larger.Bytes == plan.Bytes || larger.Bytes > larger.DenseBytes || sum + larger.Bytes - plan.Bytes > bytes,
                    $"{plan.Format}: bond {bond} could have one component more in {bytes - sum} bytes that are left.");
            }
        }
    }

    [Fact]
    public void Distribute_MoreBytes_GiveNoLowerCap()
    {
        BudgetTable[] tables = [.. Rows.Select(rows => new BudgetTable(Auto, rows))];
        int[] caps = [.. ((long[])[450_000, 600_000, 1_000_000, 4_000_000]).Select(bytes => RankBudget.Distribute(tables, Dim, bytes).RankCap)];

        Assert.Equal(caps.Order(), caps);
        Assert.True(caps[0] < caps[^1]);
    }

    /// <summary>Exact rows go first, then the largest projection; the smaller one stays.</summary>
    [Fact]
    public void Distribute_TooLittleForProjections_GivesUpTheLargestFirst()
    {
        BudgetTable[] tables = [new(Auto, 60_000), new(Auto, 5_000)];

        RankAllocation roomy = RankBudget.Distribute(tables, Dim, 400_000);
        RankAllocation narrow = RankBudget.Distribute(tables, Dim, 100_000);
        RankAllocation tight = RankBudget.Distribute(tables, Dim, 10_000);

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

        RankAllocation allocation = RankBudget.Distribute([new(given, 400_000), new(Auto, 60_000)], Dim, 2_000_000);

        Assert.Same(given, allocation.Tables[0].Options);
        Assert.True(allocation.Tables[1].Options.StartRanks[0] > 1);
    }

    [Fact]
    public void Distribute_LessThanRankOne_TellsTheLeast()
    {
        RankAllocation allocation = RankBudget.Distribute([new(new TableOptions(), 400_000)], Dim, 100);

        Assert.Equal(0, allocation.RankCap);
        Assert.Equal(TablePlan.Of(new TableOptions { StartRank = 1 }, 400_000, Dim).Bytes, allocation.Bytes);
    }
}
