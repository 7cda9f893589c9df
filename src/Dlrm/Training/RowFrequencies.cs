using Dlrm.Data;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Turns the frequencies that options ask for into numbers of rows.</summary>
/// <remarks>
/// <code>
/// n[t, id]    occurrences of id in feature t over one epoch of the training data
/// keptRows    1 + the last id with n ≥ keptFrequency
/// exactRows   1 + the last id with n ≥ exactFrequency, at most keptRows
/// </code>
/// <para>One frequency for all tables spends bytes where they serve most samples: a row of 16 numbers costs the same in every table.</para>
/// <para>A vocabulary has ids in order of falling frequency, so these are the frequent ids. A table with all kept rows exact is dense.</para>
/// </remarks>
public static class RowFrequencies
{
    /// <summary>Counts the training data, when a table needs it, and puts numbers of rows in the place of frequencies.</summary>
    /// <param name="options">The options.</param>
    /// <param name="inputs">The tables.</param>
    /// <param name="training">The training data; read once from the start of epoch 0.</param>
    /// <returns>Options without frequencies; the same ones when there are none.</returns>
    public static ModelOptions Resolve(ModelOptions options, ModelInputs inputs, IBatchSource training)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(training);
        TableOptions[] tables = [.. inputs.Names.Select(options.TableOf)];
        if (!tables.Any(NeedsCounts))
        {
            return options;
        }

        long[]?[] counts = Count(tables, inputs, training);
        Dictionary<string, TableOptions> overrides = new(options.TableOverrides, StringComparer.Ordinal);
        for (int t = 0; t < tables.Length; t++)
        {
            if (counts[t] is long[] count)
            {
                overrides[inputs.Names[t]] = Resolve(tables[t], count);
            }
        }

        TableOptions others = options.Tables with { ExactFrequency = 0, KeptFrequency = 0 };
        return options with { Tables = others, TableOverrides = overrides };
    }

    private static bool NeedsCounts(TableOptions table) => table.ExactFrequency > 0 || table.KeptFrequency > 0;

    private static TableOptions Resolve(TableOptions table, long[] counts)
    {
        long kept = table.KeptFrequency > 0 ? RowsWith(counts, table.KeptFrequency) : table.KeptRows > 0 ? Math.Min(table.KeptRows, counts.Length) : counts.Length;
        long exact = table.ExactFrequency > 0 ? Math.Min(RowsWith(counts, table.ExactFrequency), kept) : table.ExactRows;
        bool isDense = table.Kind is TableKind.Auto or TableKind.LowRank && table.ExactFrequency > 0 && exact >= kept - 1;
        return table with
        {
            Kind = isDense ? TableKind.Dense : table.Kind,
            KeptRows = kept < counts.Length ? kept : 0,
            ExactRows = checked((int)exact),
            KeptFrequency = 0,
            ExactFrequency = 0,
        };
    }

    private static long RowsWith(long[] counts, long frequency) => Math.Max(1, Array.FindLastIndex(counts, count => count >= frequency) + 1);

    private static long[]?[] Count(TableOptions[] tables, ModelInputs inputs, IBatchSource training)
    {
        long[]?[] counts = [.. tables.Select((table, t) => NeedsCounts(table) ? new long[inputs.Cardinalities[t]] : null)];
        training.Seek(DataCursor.Start(0));
        while (training.TryRead(out Batch batch))
        {
            for (int t = 0; t < counts.Length; t++)
            {
                if (counts[t] is long[] count)
                {
                    batch.Sparse[t].Validate(count.Length, $"tables.{inputs.Names[t]}");
                    foreach (long id in batch.Sparse[t].Indices)
                    {
                        count[id]++;
                    }
                }
            }
        }

        training.Seek(DataCursor.Start(0));
        return counts;
    }
}
