using Dlrm.CommandLine.Configuration;
using Dlrm.Data;
using Dlrm.Embeddings;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Finds the stored rows with which a model has at most a number of bytes.</summary>
internal static class EqualBytes
{
    /// <summary>Finds the largest <c>storedRows</c> whose whole model is at most as large as another.</summary>
    /// <remarks>Whole-model bytes never fall when stored rows rise, for hashing and frequent rows; for quotient-remainder they are lowest near √rows, so the search starts there.</remarks>
    /// <param name="options">The variant's options, of kind Hash, QuotientRemainder or FrequentRows.</param>
    /// <param name="schema">The dataset's columns.</param>
    /// <param name="bytes">The bytes of the other whole model.</param>
    /// <returns>The options with the stored rows; at least 1 row is stored even when that is too much.</returns>
    internal static RunOptions Apply(RunOptions options, DatasetSchema schema, long bytes)
    {
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

    /// <summary>Counts the bytes of a whole model whose tables store rows.</summary>
    /// <param name="options">The options.</param>
    /// <param name="schema">The dataset's columns.</param>
    /// <returns>The bytes as both MLPs and every table are stored.</returns>
    internal static long ModelBytes(RunOptions options, DatasetSchema schema)
    {
        ModelOptions model = options.Model;
        int dense = schema.Dense.Count;
        int vectors = schema.Sparse.Count + (dense > 0 ? 1 : 0);
        long sum = dense > 0 ? MlpBytes(dense, model.BottomMlp, model.Storage) : 0;
        sum += MlpBytes(model.EmbeddingDim + (vectors * (vectors - 1) / 2), model.TopMlp with { Sizes = [.. model.TopMlp.Sizes, 1] }, model.Storage);
        foreach (SparseFeature feature in schema.Sparse)
        {
            sum += TableRows(model.TableOf(feature.Name), model.TableOf(feature.Name).Kept(feature.Rows)).Sum(rows => model.Storage.RowBytes(rows, model.EmbeddingDim));
        }

        return sum;
    }

    private static RunOptions With(RunOptions options, long storedRows) =>
        options with { Model = options.Model with { Tables = options.Model.Tables with { StoredRows = storedRows } } };

    private static long[] TableRows(TableOptions table, long rows)
    {
        if (table.Kind == TableKind.Dense || rows <= table.CompressAbove)
        {
            return [rows];
        }

        long stored = Math.Min(table.StoredRows, rows);
        return table.Kind switch
        {
            TableKind.Zero => [],
            TableKind.Hash or TableKind.FrequentRows => [stored],
            TableKind.QuotientRemainder => [stored, (rows + stored - 1) / stored],
            _ => throw new NotSupportedException($"A table of kind {table.Kind} has no stored rows to count."),
        };
    }

    /// <summary>Counts an MLP's bytes; a tensorised layer's at its starting ranks, the most that it can have.</summary>
    private static long MlpBytes(int inputs, MlpOptions options, StorageOptions storage)
    {
        long sum = 0;
        for (int k = 0; k < options.Sizes.Count; k++)
        {
            int outputs = options.Sizes[k];
            sum += options.FormatOf(k, inputs, outputs) is LowRankFormat format ? storage.LayerBytes(format) : storage.LayerBytes(inputs, outputs);
            inputs = outputs;
        }

        return sum;
    }
}
