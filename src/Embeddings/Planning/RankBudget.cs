namespace Dlrm.Embeddings;

/// <summary>Distributes bytes over the starting ranks of low-rank tables.</summary>
/// <remarks>
/// <para>Water-filling, the level is a common rank cap r: every bond of every low-rank table has rank r, or the most that its format can use, 1,024, or the most at which the
/// table is half as large as dense (as large as dense, when all tables at half still leave bytes). The largest r that fits is taken. Then, in order of falling rows,
/// each table goes to r + 1 if that fits, else it stays; those that went fill on in the same way. At last single bonds, in the same order, get one more where it fits.
/// So the bytes left over are fewer than one more component of any bond that was not raised at last.</para>
/// <para>Tables with <see cref="TableOptions.StartRanks"/> and tables of stored rows keep what they have. <see cref="TableOptions.StartRank"/> is overridden.</para>
/// <para>When rank 1 does not fit, tables of format Auto give up their exact rows, then their projections, the largest first.</para>
/// <para>Deterministic; cost: some hundred shapes, nothing of the size of a table.</para>
/// </remarks>
/// <param name="dim">J.</param>
/// <param name="count">Counts the bytes of a table as it is stored; null: 4 for each number.</param>
public sealed class RankBudget(int dim, Func<TablePlan, long>? count = null)
{
    private const int LargestRank = 1024;
    private readonly Func<TablePlan, long> _count = count ?? (static plan => plan.Bytes);

    /// <summary>Distributes.</summary>
    /// <param name="tables">All tables of a model.</param>
    /// <param name="bytes">The bytes that all tables together may have.</param>
    /// <returns>The allocation, with <see cref="RankAllocation.RankCap"/> 0 when even rank 1 needs more than <paramref name="bytes"/>: it then tells the least.</returns>
    public RankAllocation Distribute(IReadOnlyList<BudgetTable> tables, long bytes)
    {
        ArgumentNullException.ThrowIfNull(tables);
        FormatChoice[] choices = Least(tables, bytes);
        long least = Sum(tables, choices, 1, []);
        if (least > bytes)
        {
            return new RankAllocation(choices, 0, least);
        }

        int[] caps = Caps(tables, choices, 0.5);
        double share = 0.5;
        if (Sum(tables, choices, LargestRank, caps) <= bytes)
        {
            caps = Caps(tables, choices, 1);
            share = 1;
        }

        int[] order = [.. Enumerable.Range(0, choices.Length).Where(t => caps[t] > 0).OrderByDescending(t => tables[t].KeptRows)];
        TablePlan[] plans = [.. tables.Select((table, t) => Plan(choices[t], table, 1))];
        long left = bytes - least;
        int level = Fill(plans, tables, caps, order, ref left);
        foreach (int t in order)
        {
            for (int bond = 0; bond < plans[t].Format!.Ranks.Count; bond++)
            {
                int[] ranks = [.. plans[t].Format!.Ranks];
                ranks[bond] = Math.Min(ranks[bond] + 1, LargestRank);
                TryReplace(plans, t, TablePlan.Of(plans[t].Options with { StartRanks = ranks }, tables[t].Rows, dim), share, ref left);
            }
        }

        return new RankAllocation([.. plans.Select((plan, t) => caps[t] > 0 ? Chosen(plan, choices[t].Reason) : choices[t])], level, bytes - left);
    }

    /// <summary>Raises the common rank of all tables as far as it goes, then that of those that could rise once more, and so on.</summary>
    /// <returns>The rank that all tables got.</returns>
    private int Fill(TablePlan[] plans, IReadOnlyList<BudgetTable> tables, int[] caps, int[] order, ref long left)
    {
        int first = 0;
        int level = 1;
        for (int[] rising = order; rising.Length > 0;)
        {
            int low = level;
            int high = rising.Max(t => caps[t]);
            while (low < high)
            {
                int middle = low + ((high - low + 1) / 2);
                (low, high) = rising.Sum(t => _count(At(plans[t], tables[t], Math.Min(middle, caps[t]))) - _count(plans[t])) <= left ? (middle, high) : (low, middle - 1);
            }

            level = low;
            foreach (int t in rising)
            {
                TryReplace(plans, t, At(plans[t], tables[t], Math.Min(level, caps[t])), 1, ref left);
            }

            first = first == 0 ? level : first;
            List<int> next = [];
            foreach (int t in rising.Where(t => caps[t] > level))
            {
                if (TryReplace(plans, t, At(plans[t], tables[t], level + 1), 1, ref left))
                {
                    next.Add(t);
                }
            }

            rising = [.. next];
            level++;
        }

        return Math.Max(first, 1);
    }

    private TablePlan At(TablePlan plan, BudgetTable table, int cap) => TablePlan.Of(plan.Options with { StartRank = cap }, table.Rows, dim);

    private FormatChoice[] Least(IReadOnlyList<BudgetTable> tables, long bytes)
    {
        FormatChoice[] choices = Choose(tables, FormatChooser.ProjectionRows, FormatChooser.ExactRows);
        if (Sum(tables, choices, 1, []) <= bytes)
        {
            return choices;
        }

        long[] limits = [FormatChooser.ProjectionRows, .. tables.Select(table => table.KeptRows - 1).Where(limit => limit < FormatChooser.ProjectionRows).Distinct().OrderDescending()];
        foreach (long limit in limits)
        {
            choices = Choose(tables, limit, 0);
            if (Sum(tables, choices, 1, []) <= bytes)
            {
                break;
            }
        }

        return choices;
    }

    private FormatChoice[] Choose(IReadOnlyList<BudgetTable> tables, long projectionRows, int exactRows) =>
        [.. tables.Select(table => FormatChooser.Choose(table.Options, table.Rows, dim, projectionRows, exactRows))];

    private static bool IsFree(FormatChoice choice, BudgetTable table) =>
        choice.Options.StartRanks.Count == 0 && EmbeddingBagFactory.Resolve(choice.Options, table.KeptRows) == TableKind.LowRank;

    private long Sum(IReadOnlyList<BudgetTable> tables, FormatChoice[] choices, int cap, int[] caps)
    {
        long sum = 0;
        for (int t = 0; t < tables.Count; t++)
        {
            sum += _count(Plan(choices[t], tables[t], caps.Length > 0 ? Math.Min(cap, caps[t]) : cap));
        }

        return sum;
    }

    private int[] Caps(IReadOnlyList<BudgetTable> tables, FormatChoice[] choices, double share) =>
        [.. tables.Select((table, t) => IsFree(choices[t], table) ? Cap(choices[t], table, share) : 0)];

    /// <summary>Finds the largest rank at which a table is not larger than a share of dense; at least 1.</summary>
    private int Cap(FormatChoice choice, BudgetTable table, double share)
    {
        int low = 1;
        int high = LargestRank;
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            (low, high) = IsSmaller(choice, table, middle, share) ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private bool IsSmaller(FormatChoice choice, BudgetTable table, int cap, double share)
    {
        try
        {
            TablePlan plan = Plan(choice, table, cap);
            return _count(plan) <= share * Dense(plan);
        }
        catch (OverflowException)
        {
            // A core beyond 2³¹ entries, which no device can hold.
            return false;
        }
    }

    private TablePlan Plan(FormatChoice choice, BudgetTable table, int cap) =>
        TablePlan.Of(IsFree(choice, table) ? choice with { Options = choice.Options with { StartRank = cap } } : choice, table.Rows, dim);

    private static FormatChoice Chosen(TablePlan plan, string reason) => new(
        plan.Options with { StartRanks = plan.Format!.Ranks }, reason == "as given" ? "ranks by budget" : $"{reason}; ranks by budget");

    /// <summary>Counts the bytes of a table's rows, each as it is.</summary>
    private long Dense(TablePlan plan) => _count(TablePlan.Of(new TableOptions { Kind = TableKind.Dense }, plan.KeptRows, dim));

    /// <summary>Takes a larger plan when it fits and is at most a share of dense.</summary>
    private bool TryReplace(TablePlan[] plans, int t, TablePlan larger, double share, ref long left)
    {
        long more = _count(larger) - _count(plans[t]);
        if (more > left || more < 0 || (more > 0 && _count(larger) > share * Dense(larger)))
        {
            return false;
        }

        plans[t] = larger;
        left -= more;
        return true;
    }
}
