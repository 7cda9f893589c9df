using Dlrm.Embeddings;

namespace Dlrm.Planning;

/// <summary>The bytes that one worker gives to the others for one tensor in a training step.</summary>
/// <remarks>
/// <code>
/// layers, factors     every gradient into a sum: 4 bytes a number; of factors with posterior draws of several pieces two gradients
/// replicated rows     2·I ≤ W·U: all I rows with a mark into a sum, 4·I·(D + 1); else U row numbers and gradients, 4·U·(D + 1), gathered
/// spread rows         U·(W − 1)/W distinct ids to their owners, as many rows to those who asked, as many gradients back: 8 + 4·D + 4·D bytes each
/// </code>
/// </remarks>
/// <param name="Tensor">The tensor.</param>
/// <param name="SummedBytes">What goes into sums.</param>
/// <param name="GatheredBytes">What every other worker gets.</param>
/// <param name="IdBytes">Ids of spread rows.</param>
/// <param name="RowBytes">Spread rows, one way; their gradients are as many.</param>
/// <param name="IsSpread">Whether the rows are spread over the workers.</param>
public sealed record TensorExchange(TensorPlan Tensor, double SummedBytes, double GatheredBytes, double IdBytes, double RowBytes, bool IsSpread)
{
    /// <summary>Gets all bytes.</summary>
    public double Bytes => SummedBytes + GatheredBytes + IdBytes + (2 * RowBytes);

    /// <summary>Works them out, in the order of the backward pass: top MLP, tables, bottom MLP.</summary>
    /// <param name="options">The options that were planned.</param>
    /// <param name="plan">Their plan.</param>
    /// <param name="distinctRows">U for each table: the distinct ids of one worker's part of a batch.</param>
    /// <param name="workers">W.</param>
    /// <returns>One for each tensor.</returns>
    /// <exception cref="ArgumentException">There is not one number for each table.</exception>
    public static IReadOnlyList<TensorExchange> Of(DlrmOptions options, ModelPlan plan, IReadOnlyList<double> distinctRows, int workers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(distinctRows);
        TensorPlan[] tables = [.. plan.Tensors.Where(tensor => tensor.IsLookup)];
        if (distinctRows.Count != tables.Length)
        {
            throw new ArgumentException($"There are {distinctRows.Count} numbers of distinct rows for {tables.Length} tables; give one for each.", nameof(distinctRows));
        }

        int draws = options.Training.DrawsPerStep == 0 ? workers : options.Training.DrawsPerStep;
        int gradients = options.RankPrior.Inference == InferenceKind.Svi && draws > 1 ? 2 : 1;
        TensorPlan[] layers = [.. plan.Tensors.Where(tensor => !tensor.IsLookup)];
        return
        [
            .. layers.Where(IsTop).Reverse().Select(layer => OfLayer(layer, gradients, workers)),
            .. tables.Select((table, t) => OfTable(table, distinctRows[t], gradients, workers, options.Distributed.MostReplicatedRows)),
            .. layers.Where(layer => !IsTop(layer)).Reverse().Select(layer => OfLayer(layer, gradients, workers)),
        ];
    }

    private static bool IsTop(TensorPlan layer) => layer.Name.StartsWith("top.", StringComparison.Ordinal);

    private static TensorExchange OfLayer(TensorPlan layer, int gradients, int workers)
    {
        long weights = layer.Parameters - layer.Rows;
        long numbers = layer.Rows + (weights * (layer.RowModes.Count > 0 ? gradients : 1));
        return new TensorExchange(layer, workers == 1 ? 0 : numbers * sizeof(float), 0, 0, 0, IsSpread: false);
    }

    private static TensorExchange OfTable(TensorPlan table, double distinct, int gradients, int workers, long mostReplicatedRows)
    {
        if (workers == 1)
        {
            return new TensorExchange(table, 0, 0, 0, 0, IsSpread: false);
        }

        double factors = (double)table.SweptNumbers * gradients * sizeof(float);
        long rows = (table.Parameters - table.SweptNumbers) / table.Columns;
        double touched = Math.Min(distinct, rows);
        if (table.Kind == "dense" && rows > mostReplicatedRows)
        {
            double others = touched * (workers - 1) / workers;
            return new TensorExchange(table, 0, 0, others * sizeof(long), others * table.Columns * sizeof(float), IsSpread: true);
        }

        double rowBytes = (table.Columns + 1.0) * sizeof(float);
        return 2.0 * rows <= workers * touched
            ? new TensorExchange(table, factors + (rows * rowBytes), 0, 0, 0, IsSpread: false)
            : new TensorExchange(table, factors, touched * rowBytes, 0, 0, IsSpread: false);
    }
}
