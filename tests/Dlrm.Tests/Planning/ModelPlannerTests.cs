using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Planning;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Planning;

/// <summary>What a plan says is what the model then is.</summary>
public sealed class ModelPlannerTests
{
    private static readonly ModelInputs Inputs = new(3, ["A", "B", "C", "D"], [120_000, 9_000, 700, 12]);

    public static TheoryData<TableOptions, string?> Models => new()
    {
        { new TableOptions(), null },
        { new TableOptions { Format = TensorFormat.Auto }, null },
        { new TableOptions { Format = TensorFormat.Auto }, "100x" },
        { new TableOptions { Format = TensorFormat.Auto, CompressAbove = 100 }, "60kB" },
        { new TableOptions { Format = TensorFormat.Tt, CompressAbove = 100 }, "60kB" },
        { new TableOptions { Format = TensorFormat.Cp, ExactRows = 9 }, "80x" },
        { new TableOptions { Format = TensorFormat.Tucker }, "100x" },
        { new TableOptions { Format = TensorFormat.Ring }, "100x" },
        { new TableOptions { Kind = TableKind.Hash, StoredRows = 50 }, null },
        { new TableOptions { Kind = TableKind.Hash, StoredRows = 50, KeptRows = 2000 }, null },
        { new TableOptions { Kind = TableKind.FrequentRows, StoredRows = 50, KeptRows = 40 }, null },
        { new TableOptions { Format = TensorFormat.Auto, KeptRows = 5000, ExactRows = 100 }, "60kB" },
        { new TableOptions { Kind = TableKind.QuotientRemainder, StoredRows = 50 }, "200000" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Plan_AnyOptions_CountsWhatTheModelStores(TableOptions tables, string? budget)
    {
        DlrmOptions plain = Options(tables, budget);
        AssertPlanned(plain);
        AssertPlanned(plain with { Model = plain.Model with { Storage = new StorageOptions { Mlps = StorageType.Float16, Rows = StorageType.Int8, Cores = StorageType.Int4 } } });
        foreach (TensorFormat format in (TensorFormat[])[TensorFormat.Ttm, TensorFormat.Cp, TensorFormat.Tucker])
        {
            MlpOptions tower = new() { Sizes = [64, 8], Format = format, CompressAbove = 200, StartRank = 3 };
            AssertPlanned(plain with { Model = plain.Model with { BottomMlp = tower, TopMlp = tower } });
        }
    }

    /// <summary>The model keeps what was chosen, so that it can be saved and made again without choosing.</summary>
    [Fact]
    public void Options_OfAModelWithABudget_AreWithoutBudgetAndAuto()
    {
        using CpuDevice device = new(1);
        using DlrmModel model = new(device, Options(new TableOptions { Format = TensorFormat.Auto }, "100x"), Inputs);

        Assert.Null(model.Options.Model.Budget);
        Assert.All(model.Bags.Where(bag => bag.Tensor is not null), bag => Assert.NotEqual(TensorFormat.Auto, model.Options.Model.TableOf(bag.Name["tables.".Length..]).Format));
        using DlrmModel again = new(device, model.Options, Inputs);
        Assert.Equal(model.Bags.Select(bag => bag.Description), again.Bags.Select(bag => bag.Description));
    }

    [Fact]
    public void Resolve_NothingAutomatic_GivesTheSameOptions()
    {
        DlrmOptions options = Options(new TableOptions(), null);

        Assert.Same(options, ModelPlanner.Resolve(options, Inputs));
    }

    /// <summary>The budget is used: what is left over is less than one more component of the smallest bond.</summary>
    [Fact]
    public void Plan_ABudget_LeavesLittle()
    {
        ModelPlan plan = ModelPlanner.Plan(Options(new TableOptions { Format = TensorFormat.Auto }, "100kB"), Inputs);

        Assert.InRange(plan.BudgetBytes!.Value - plan.Bytes, 0, 4000);
        Assert.True(plan.RankCap > 0);
    }

    [Theory]
    [InlineData(InferenceKind.Svi, 1, OptimizerKind.Adam)]
    [InlineData(InferenceKind.Svi, 3, OptimizerKind.Adagrad)]
    [InlineData(InferenceKind.Map, 1, OptimizerKind.Adam)]
    [InlineData(InferenceKind.FixedRanks, 1, OptimizerKind.Sgd)]
    public void WorkingBytes_AfterAStep_AreAtMostThoseOfThePlan(InferenceKind inference, int draws, OptimizerKind optimizer)
    {
        DlrmOptions options = Options(new TableOptions { CompressAbove = 10, ExactRows = 4 }, null);
        options = options with
        {
            RankPrior = new RankPriorOptions { Inference = inference },
            Model = options.Model with { TopMlp = new MlpOptions { Sizes = [16], Format = TensorFormat.Ttm, CompressAbove = 50, StartRank = 2 } },
            Training = options.Training with
            {
                BatchSize = 24,
                DrawsPerStep = draws,
                FactorOptimizer = new OptimizerOptions { Kind = optimizer },
                MlpOptimizer = new OptimizerOptions { Kind = optimizer },
                TableOptimizer = new OptimizerOptions { Kind = optimizer },
            },
        };
        using CpuDevice device = new(1);
        using DlrmModel model = new(device, options with { Model = options.Model with { EmbeddingDim = 4, BottomMlp = [4] } }, Support.Models.Inputs);
        using ClickSource source = new(24, 24, seed: 4);
        Assert.True(source.TryRead(out Batch batch));
        model.BeginStep(new RandomStream(1, 0), draws);
        model.Forward(batch);
        model.Loss();
        model.ClearGradients();
        model.Backward();

        ModelPlan plan = ModelPlanner.Plan(model.Options, Support.Models.Inputs);

        // Rows of dense tables with a gradient: at most one a sample in the plan, the distinct ones in the model; it is the only difference.
        long rows = plan.Tensors.Where(tensor => tensor.IsLookup).Sum(tensor => Math.Min(24, tensor.Kind == "dense" ? tensor.Rows : tensor.ExactRows) * 4L * sizeof(float));
        Assert.InRange(model.WorkingBytes, plan.WorkingBytes - rows, plan.WorkingBytes);
    }

    [Fact]
    public void Plan_ABudgetBelowTowersAndDenseTables_NamesWhatTakesTheBytes()
    {
        OptionsException exception = Assert.Throws<OptionsException>(() => ModelPlanner.Plan(Options(new TableOptions { CompressAbove = 800 }, "10kB"), Inputs));

        Assert.Contains("the towers take", exception.Message, StringComparison.Ordinal);
        Assert.Contains("C 22400, D 384", exception.Message, StringComparison.Ordinal);
        Assert.Contains("compressAbove", exception.Message, StringComparison.Ordinal);
        long least = long.Parse(exception.Message.Split("give at least ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(least, ModelPlanner.Plan(Options(new TableOptions { CompressAbove = 800 }, $"{least}"), Inputs).Bytes);
        Assert.Throws<OptionsException>(() => ModelPlanner.Plan(Options(new TableOptions { CompressAbove = 800 }, $"{least - 1}"), Inputs));
    }

    [Fact]
    public void MultiplyAdds_OfAModel_AreThoseOfLayersInteractionAndRows()
    {
        ModelPlan plan = ModelPlanner.Plan(Options(new TableOptions { Kind = TableKind.Dense }, null), Inputs);

        // 3-10-8; 5 vectors of 8 numbers: 10 pairs; 18-6-1.
        Assert.Equal((3 * 10) + (10 * 8) + (10 * 8) + (18 * 6) + 6, plan.MultiplyAdds);
        Assert.Equal(plan.DenseBytes, plan.Bytes);
    }

    private static void AssertPlanned(DlrmOptions options)
    {
        using CpuDevice device = new(1);
        using DlrmModel model = new(device, options, Inputs);

        ModelPlan plan = ModelPlanner.Plan(options, Inputs);

        Assert.Equal(model.StoredBytes, plan.Bytes);
        for (int t = 0; t < Inputs.Names.Count; t++)
        {
            TensorPlan table = Assert.Single(plan.Tensors, tensor => tensor.Name == model.Bags[t].Name);
            Assert.Equal(model.StoredBytesOf(t), table.Bytes);
            Assert.Equal(model.Bags[t].Tensor?.Format.Ranks ?? [], table.Ranks);
        }

        Assert.Equal(model.TensorizedLayers.Select(layer => layer.Name), plan.Tensors.Where(tensor => tensor.Ranks.Count > 0 && !tensor.IsLookup).Select(tensor => tensor.Name));
        if (plan.BudgetBytes is long bytes)
        {
            Assert.InRange(plan.Bytes, 1, bytes);
        }
    }

    private static DlrmOptions Options(TableOptions tables, string? budget) => new()
    {
        Model = new ModelOptions { EmbeddingDim = 8, BottomMlp = [10, 8], TopMlp = [6], Tables = tables, Budget = budget },
    };
}
