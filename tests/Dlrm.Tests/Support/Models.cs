using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Tests.Support;

/// <summary>Small models for tests.</summary>
internal static class Models
{
    /// <summary>Gets the inputs of <see cref="ClickSource"/>.</summary>
    internal static ModelInputs Inputs => new(2, ["A", "B", "C"], [7, 40, 90]);

    /// <summary>Gets options with tables above 10 rows as TT-matrices, svi, gauge moves and pruning all active within 60 steps.</summary>
    internal static DlrmOptions Svi => new()
    {
        Model = new ModelOptions
        {
            EmbeddingDim = 4,
            BottomMlp = [6, 4],
            TopMlp = [8],
            Tables = new TableOptions { CompressAbove = 10, StartRank = 4, InitialEntryDeviation = 0.2 },
        },
        Training = new TrainingOptions
        {
            Seed = 3,
            BatchSize = 32,
            Epochs = 3,
            MlpOptimizer = new OptimizerOptions { LearningRate = 0.05 },
            TableOptimizer = new OptimizerOptions { LearningRate = 0.05 },
            FactorOptimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.02 },
        },
        RankPrior = new RankPriorOptions { KlWeight = 0.5, KlWarmupStart = 0, KlWarmupEnd = 0.1, GaugeEvery = 5, PruneEvery = 10, PruneBatches = 4 },
    };

    /// <summary>Makes a state with everything that a model stores.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The state; the caller disposes it.</returns>
    internal static Dlrm.Training.MemoryState StateOf(DlrmModel model)
    {
        Dlrm.Training.MemoryState state = new(model.Device);
        model.Save(state, StateParts.All);
        return state;
    }

    /// <summary>Reads one stored tensor.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">The tensor's name.</param>
    /// <returns>The elements.</returns>
    internal static float[] Read(DlrmModel model, string name)
    {
        using Dlrm.Training.MemoryState state = StateOf(model);
        long length = state.Shape(name).Aggregate(1L, (product, size) => product * size);
        using DeviceBuffer<float> buffer = model.Device.Allocate<float>(length);
        state.Read(name, buffer);
        return buffer.ToArray();
    }
}
