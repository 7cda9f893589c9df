using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Planning;

/// <summary>Works out what options come to for given inputs: formats, ranks, bytes, operations. Nothing is allocated.</summary>
public static class ModelPlanner
{
    /// <summary>Plans a model.</summary>
    /// <param name="options">The options, valid.</param>
    /// <param name="inputs">What it is fed.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="OptionsException">The budget is too small for what it can't change, or rank 1 does not fit; the message names what takes the bytes and the way out.</exception>
    /// <exception cref="ArgumentException">Modes or ranks don't fit a table or one another.</exception>
    public static ModelPlan Plan(DlrmOptions options, ModelInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(inputs);
        ModelOptions model = options.Model;
        TensorPlan[] towers = [.. TowerPlanner.Plan(options, inputs)];
        string[] uncounted = [.. inputs.Names.Where(name => model.TableOf(name) is { ExactFrequency: > 0 } or { KeptFrequency: > 0 })];
        if (uncounted.Length > 0)
        {
            throw new OptionsException([$"Tables {string.Join(", ", uncounted)} have exactFrequency or keptFrequency, which need a dataset to count: plan with its folder, or give exactRows and keptRows."]);
        }

        FormatChoice[] choices = [.. inputs.Names.Select((name, t) => FormatChooser.Choose(model.TableOf(name), inputs.Cardinalities[t], model.EmbeddingDim))];
        long? budget = null;
        int cap = 0;
        if (model.Budget is string text)
        {
            long dense = towers.Sum(tower => tower.DenseBytes) + (inputs.Cardinalities.Sum() * model.EmbeddingDim * sizeof(float));
            budget = ByteBudget.TryParse(text)!.BytesOf(dense);
            RankAllocation allocation = new RankBudget(model.EmbeddingDim, model.Storage.TableBytes).Distribute(
                [.. inputs.Names.Select((name, t) => new BudgetTable(model.TableOf(name), inputs.Cardinalities[t]))], budget.Value - towers.Sum(tower => tower.Bytes));
            choices = [.. allocation.Tables];
            cap = allocation.RankCap;
            if (cap == 0)
            {
                throw new OptionsException([TooSmall(model, text, budget.Value, dense, towers.Sum(tower => tower.Bytes), [.. choices.Select((choice, t) => TablePlan.Of(Least(choice), inputs.Cardinalities[t], model.EmbeddingDim))], inputs)]);
            }
        }

        TablePlan[] tables = [.. choices.Select((choice, t) => TablePlan.Of(choice, inputs.Cardinalities[t], model.EmbeddingDim))];
        int vectors = inputs.Names.Count + (inputs.DenseFeatures > 0 ? 1 : 0);
        return new ModelPlan(
            Resolved(model, inputs, choices),
            [.. towers, .. tables.Select((table, t) => Describe(options, inputs.Names[t], table))],
            budget,
            cap,
            vectors * (vectors - 1L) / 2 * model.EmbeddingDim);
    }

    /// <summary>Replaces a budget and automatic formats by what they come to.</summary>
    /// <param name="options">The options, valid.</param>
    /// <param name="inputs">What the model is fed.</param>
    /// <returns>The options; the same ones when there is nothing to replace.</returns>
    /// <exception cref="OptionsException">As <see cref="Plan"/>.</exception>
    public static DlrmOptions Resolve(DlrmOptions options, ModelInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(inputs);
        bool isPlain = options.Model.Budget is null && inputs.Names.All(name => options.Model.TableOf(name).Format != TensorFormat.Auto);
        return isPlain ? options : options with { Model = Plan(options, inputs).Options };
    }

    private static ModelOptions Resolved(ModelOptions model, ModelInputs inputs, FormatChoice[] choices)
    {
        Dictionary<string, TableOptions> own = new(model.TableOverrides);
        for (int t = 0; t < choices.Length; t++)
        {
            if (!ReferenceEquals(choices[t].Options, model.TableOf(inputs.Names[t])))
            {
                own[inputs.Names[t]] = choices[t].Options;
            }
        }

        return model with { Budget = null, TableOverrides = own };
    }

    private static TensorPlan Describe(DlrmOptions options, string name, TablePlan table)
    {
        TrainingOptions training = options.Training;
        long swept = table.Format?.Parameters ?? 0;
        long touched = Math.Min(training.BatchSize, table.StoredRows) * table.EmbeddingDim;
        long working = (swept * FactorBuffers(options)) + touched
            + (training.TableOptimizer.Kind == OptimizerKind.RowwiseAdagrad ? table.StoredRows : table.RowParameters * Moments(training.TableOptimizer.Kind));
        string kind = table.Kind.ToString();
        return new TensorPlan
        {
            Name = $"tables.{name}",
            Rows = table.Rows,
            Columns = table.EmbeddingDim,
            Kind = table.Format?.Name ?? char.ToLowerInvariant(kind[0]) + kind[1..],
            ExactRows = table.ExactRows,
            RowModes = table.Format?.RowModes ?? [],
            ColumnModes = table.Format?.ColumnModes ?? [],
            Ranks = table.Format?.Ranks ?? [],
            Parameters = table.Parameters,
            Bytes = options.Model.Storage.TableBytes(table),
            DenseBytes = table.DenseBytes,
            WorkingBytes = working * sizeof(float),
            MultiplyAdds = table.RowMultiplyAdds,
            IsLookup = true,
            SweptNumbers = swept,
            Reason = table.Reason,
        };
    }

    /// <summary>Counts the moments that an optimiser keeps for each number.</summary>
    internal static int Moments(OptimizerKind optimizer) => optimizer switch
    {
        OptimizerKind.Sgd => 0,
        OptimizerKind.Adam => 2,
        _ => 1,
    };

    /// <summary>Counts the buffers besides the means that a low-rank tensor has while training: gradient, posterior, draws, moments.</summary>
    internal static int FactorBuffers(DlrmOptions options)
    {
        int draws = Math.Max(1, options.Training.DrawsPerStep);
        int posterior = options.RankPrior.Inference switch
        {
            InferenceKind.Svi => 3 + draws + (draws > 1 ? 2 : 0),
            InferenceKind.Map => 1,
            _ => 0,
        };
        return 1 + posterior + Moments(options.Training.FactorOptimizer.Kind);
    }

    private static FormatChoice Least(FormatChoice choice) => choice with { Options = choice.Options with { StartRank = 1 } };

    private static string TooSmall(ModelOptions model, string text, long budget, long dense, long towerBytes, TablePlan[] least, ModelInputs inputs)
    {
        (string Name, long Bytes, bool IsTensor)[] tables = [.. inputs.Names.Zip(least).Select(pair => (pair.First, model.Storage.TableBytes(pair.Second), pair.Second.Format is not null))];
        (string Name, long Bytes, bool IsTensor)[] rows = [.. tables.Where(table => !table.IsTensor && table.Bytes > 0).OrderByDescending(table => table.Bytes)];
        long rowBytes = rows.Sum(table => table.Bytes);
        long rankOne = tables.Where(table => table.IsTensor).Sum(table => table.Bytes);
        string largest = rows.Length == 0 ? string.Empty : $" ({string.Join(", ", rows.Take(3).Select(table => $"{table.Name} {table.Bytes}"))}{(rows.Length > 3 ? ", …" : string.Empty)})";
        return FormattableString.Invariant(
            $"model.budget {text} is {budget} bytes of {dense} dense ones, but the towers take {towerBytes}, tables that store rows {rowBytes}{largest}, and low-rank tables at rank 1 {rankOne}: ")
            + FormattableString.Invariant($"give at least {towerBytes + rowBytes + rankOne} bytes, make the towers smaller or low-rank, or lower model.tables.compressAbove.");
    }
}
