using Dlrm.CommandLine.Configuration;
using Dlrm.Data;
using Dlrm.Planning;
using Dlrm.Training;

namespace Dlrm.CommandLine.Runs;

/// <summary>Plans the model of a dataset.</summary>
internal static class DatasetPlan
{
    /// <summary>Plans; the training split is read once when options ask for frequencies.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="options">The options.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The plan.</returns>
    internal static ModelPlan Of(DatasetFolder dataset, RunOptions options, TimeProvider time)
    {
        ModelInputs inputs = DataSources.InputsOf(dataset.Schema);
        using ParquetBatchSource training = DataSources.OpenTraining(dataset, options, time);
        return ModelPlanner.Plan(options.Dlrm with { Model = RowFrequencies.Resolve(options.Model, inputs, training) }, inputs);
    }
}
