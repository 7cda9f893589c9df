using System.Globalization;

namespace Dlrm.Embeddings;

/// <summary>Distributes bytes over the starting ranks of low-rank tables.</summary>
/// <remarks>
/// <para>Water-filling with one level, the rank cap r: every bond of every low-rank table has rank r, or the most that its format can use, or the most at which the
/// table is not larger than dense. The largest r that fits is taken. What is left goes to the tables in order of falling rows: the whole table to r + 1 where that
/// fits, then single bonds by one. So the bytes left over are fewer than one more component of any bond that was not raised.</para>
/// <para>Tables with <see cref="TableOptions.StartRanks"/> and tables of stored rows keep what they have. <see cref="TableOptions.StartRank"/> is overridden.</para>
/// <para>When rank 1 does not fit, tables of format Auto give up their exact rows, then their projections, the largest first.</para>
/// <para>Deterministic; cost: some hundred shapes, nothing of the size of a table.</para>
/// </remarks>
public static class RankBudget
{
    private const int LargestRank = 1024;

    /// <summary>Distributes.</summary>
    /// <param name="tables">All tables of a model.</param>
    /// <param name="dim">J.</param>
    /// <param name="bytes">The bytes that all tables together may have.</param>
    /// <returns>The allocation, with <see cref="RankAllocation.RankCap"/> 0 when even rank 1 needs more than <paramref name="bytes"/>: it then tells the least.</returns>
    public static RankAllocation Distribute(IReadOnlyList<BudgetTable> tables, int dim, long bytes)
    {
        ArgumentNullException.ThrowIfNull(tables);
        FormatChoice[] choices = Least(tables, dim, bytes);
        long least = Sum(tables, choices, dim, 1, []);
        if (least > bytes)
        {
            return new RankAllocation(choices, 0, least);
        }

        int[] caps = [.. tables.Select((table, t) => IsFree(choices[t], table) ? DenseCap(choices[t], table, dim) : 0)];
        int low = 1;
        int high = Math.Max(1, caps.DefaultIfEmpty(0).Max());
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            (low, high) = Sum(tables, choices, dim, middle, caps) <= bytes ? (middle, high) : (low, middle - 1);
        }

        TablePlan[] plans = [.. tables.Select((table, t) => Plan(choices[t], table, dim, Math.Min(low, caps[t])))];
        long left = bytes - plans.Sum(plan => plan.Bytes);
        int[] order = [.. Enumerable.Range(0, plans.Length).Where(t => caps[t] > 0).OrderByDescending(t => tables[t].Rows)];
        foreach (int t in order.Where(t => low < caps[t]))
        {
            left -= Replace(plans, t, Plan(choices[t], tables[t], dim, low + 1), left);
        }

        foreach (int t in order)
        {
            for (int bond = 0; bond < plans[t].Format!.Ranks.Count; bond++)
            {
                int[] ranks = [.. plans[t].Format!.Ranks];
                ranks[bond]++;
                left -= Replace(plans, t, Plan(WithRanks(choices[t], ranks), tables[t], dim, 0), left);
            }
        }

        return new RankAllocation([.. plans.Select((plan, t) => caps[t] > 0 ? Chosen(plan) : choices[t])], low, bytes - left);
    }

    private static FormatChoice[] Least(IReadOnlyList<BudgetTable> tables, int dim, long bytes)
    {
        FormatChoice[] choices = Choose(tables, dim, FormatChooser.ProjectionRows, FormatChooser.ExactRows);
        if (Sum(tables, choices, dim, 1, []) <= bytes)
        {
            return choices;
        }

        long[] limits = [FormatChooser.ProjectionRows, .. tables.Select(table => table.Rows - 1).Where(limit => limit < FormatChooser.ProjectionRows).Distinct().OrderDescending()];
        foreach (long limit in limits)
        {
            choices = Choose(tables, dim, limit, 0);
            if (Sum(tables, choices, dim, 1, []) <= bytes)
            {
                break;
            }
        }

        return choices;
    }

    private static FormatChoice[] Choose(IReadOnlyList<BudgetTable> tables, int dim, long projectionRows, int exactRows) =>
        [.. tables.Select(table => FormatChooser.Choose(table.Options, table.Rows, dim, projectionRows, exactRows))];

    private static bool IsFree(FormatChoice choice, BudgetTable table) =>
        choice.Options.StartRanks.Count == 0 && EmbeddingBagFactory.Resolve(choice.Options, table.Rows) == TableKind.LowRank;

    private static long Sum(IReadOnlyList<BudgetTable> tables, FormatChoice[] choices, int dim, int cap, int[] caps)
    {
        long sum = 0;
        for (int t = 0; t < tables.Count; t++)
        {
            sum += Plan(choices[t], tables[t], dim, caps.Length > 0 ? Math.Min(cap, caps[t]) : cap).Bytes;
        }

        return sum;
    }

    /// <summary>Finds the largest rank at which a table is not larger than dense; at least 1.</summary>
    private static int DenseCap(FormatChoice choice, BudgetTable table, int dim)
    {
        int low = 1;
        int high = LargestRank;
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            (low, high) = IsSmaller(choice, table, dim, middle) ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private static bool IsSmaller(FormatChoice choice, BudgetTable table, int dim, int cap)
    {
        try
        {
            TablePlan plan = Plan(choice, table, dim, cap);
            return plan.Bytes <= plan.DenseBytes;
        }
        catch (OverflowException)
        {
            // A core beyond 2³¹ entries, which no device can hold.
            return false;
        }
    }

    private static TablePlan Plan(FormatChoice choice, BudgetTable table, int dim, int cap) =>
        TablePlan.Of(IsFree(choice, table) ? choice with { Options = choice.Options with { StartRank = cap } } : choice, table.Rows, dim);

    private static FormatChoice WithRanks(FormatChoice choice, int[] ranks) => choice with { Options = choice.Options with { StartRanks = ranks } };

    private static FormatChoice Chosen(TablePlan plan) => WithRanks(
        new FormatChoice(plan.Options, plan.Reason == "as given" ? "ranks by budget" : string.Create(CultureInfo.InvariantCulture, $"{plan.Reason}; ranks by budget")), [.. plan.Format!.Ranks]);

    /// <summary>Takes a larger plan when it fits, and tells its additional bytes.</summary>
    private static long Replace(TablePlan[] plans, int t, TablePlan larger, long left)
    {
        long more = larger.Bytes - plans[t].Bytes;
        if (more <= 0 || more > left || larger.Bytes > larger.DenseBytes)
        {
            return 0;
        }

        plans[t] = larger;
        return more;
    }
}
