using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Embeddings;
using Dlrm.Planning;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Finds the stored rows with which a model has at most a number of bytes.</summary>
internal static class EqualBytes
{
    /// <summary>Finds the largest <c>storedRows</c> whose whole model has at most a number of bytes.</summary>
    /// <remarks>Whole-model bytes never fall when stored rows rise, for hashing and frequent rows; for quotient-remainder they are lowest near √rows, so the search starts there.</remarks>
    /// <param name="options">The variant's options, of kind Hash, QuotientRemainder or FrequentRows.</param>
    /// <param name="schema">The dataset's columns.</param>
    /// <param name="bytes">What the whole model may have.</param>
    /// <returns>The options with the stored rows; at least 1 row is stored even when that is too much.</returns>
    /// <exception cref="UsageException">Tables of that kind store no number of rows that can be chosen.</exception>
    internal static RunOptions Apply(RunOptions options, DatasetSchema schema, long bytes)
    {
        if (options.Model.Tables.Kind is not (TableKind.Hash or TableKind.QuotientRemainder or TableKind.FrequentRows))
        {
            throw new UsageException($"bytes and bytesOf choose model.tables.storedRows, which tables of kind {options.Model.Tables.Kind} do not have; use hash, quotientRemainder or frequentRows.");
        }

        long largest = schema.Sparse.Max(feature => feature.Rows);
        long low = options.Model.Tables.Kind == TableKind.QuotientRemainder ? Math.Min(largest, (long)Math.Ceiling(Math.Sqrt(largest))) : 1;
        long high = largest;
        while (low < high)
        {
            long middle = low + ((high - low + 1) / 2);
            if (ModelBytes(With(options, middle), schema) <= bytes)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return With(options, low);
    }

    /// <summary>Counts the bytes of a whole model.</summary>
    /// <param name="options">The options.</param>
    /// <param name="schema">The dataset's columns.</param>
    /// <returns>The bytes as both MLPs and every table are stored; low-rank tensors at their starting ranks, the most that they can have.</returns>
    internal static long ModelBytes(RunOptions options, DatasetSchema schema) => ModelPlanner.Plan(options.Dlrm, DataSources.InputsOf(schema)).Bytes;

    private static RunOptions With(RunOptions options, long storedRows) =>
        options with { Model = options.Model with { Tables = options.Model.Tables with { StoredRows = storedRows } } };
}
