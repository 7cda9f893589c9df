using Dlrm.CommandLine.Configuration;
using Dlrm.Compression;
using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Training;

namespace Dlrm.CommandLine.Runs;

/// <summary>Measures a model before and after its compression.</summary>
internal static class BeforeAndAfter
{
    /// <summary>Measures both on the test split of a dataset.</summary>
    /// <param name="source">The model before.</param>
    /// <param name="dense">The same in memory, or null: it is rebuilt.</param>
    /// <param name="output">The folder of the model after.</param>
    /// <param name="data">The dataset's folder.</param>
    /// <param name="compressed">The model after.</param>
    /// <param name="time">The clock of throughput.</param>
    /// <param name="stop">Gives up between two batches.</param>
    /// <returns>Metrics.</returns>
    internal static (MetricsSummary Before, MetricsSummary After) Measure(
        SourceModel source, DlrmModel? dense, string output, string data, DlrmModel compressed, TimeProvider time, CancellationToken stop)
    {
        DatasetFolder dataset = DatasetFolder.Open(data);
        ModelFiles.RequireFit(output, dataset);
        using DlrmModel? rebuilt = dense is null ? ModelCompressor.Rebuild(compressed.Device, source) : null;
        return (Measure(dense ?? rebuilt!, dataset, time, stop), Measure(compressed, dataset, time, stop));
    }

    /// <summary>Measures a model on the test split of a dataset.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="time">The clock of throughput.</param>
    /// <param name="stop">Gives up between two batches.</param>
    /// <returns>Metrics.</returns>
    internal static MetricsSummary Measure(DlrmModel model, DatasetFolder dataset, TimeProvider time, CancellationToken stop)
    {
        using ParquetBatchSource source = DataSources.OpenEvaluation(dataset, DatasetSplit.Test, new DataOptions(), time)
            ?? throw new DataFormatException($"The test split of {dataset.FullPath} has no row.");
        using LocalCommunicator communicator = new();
        return MetricsSummary.Of(Evaluator.Evaluate(model, source, communicator, stop));
    }
}
