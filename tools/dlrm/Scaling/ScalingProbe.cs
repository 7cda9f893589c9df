using Dlrm.CommandLine.Bench;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Planning;

namespace Dlrm.CommandLine.Scaling;

/// <summary>Measures what a plan for many workers was not given, and predicts.</summary>
/// <remarks>Under mpiexec all workers measure at once: the network between them, and steps while the others compute too.</remarks>
/// <param name="context">The host and the workers that were started.</param>
/// <param name="settings">What is asked for.</param>
internal sealed class ScalingProbe(CommandContext context, ScalingSettings settings)
{
    private const int CountedBatches = 8;

    /// <summary>Measures and predicts; every worker that was started calls it.</summary>
    /// <param name="options">The options.</param>
    /// <param name="inputs">What the model is fed.</param>
    /// <param name="dataset">The dataset; null: ids are those of a Zipf distribution.</param>
    /// <param name="cost">The rates of this machine.</param>
    /// <param name="threads">The threads of each worker.</param>
    /// <param name="stop">Ends between two steps.</param>
    /// <returns>What it came to.</returns>
    internal ScalingResult Run(RunOptions options, ModelInputs inputs, DatasetFolder? dataset, StepCost cost, int threads, CancellationToken stop)
    {
        ICommunicator workers = context.Job.Communicator;
        bool isMeasured = workers.WorldSize > 1 && (settings.LatencySeconds is null || settings.BytesPerSecond is null);
        NetworkRates network = isMeasured ? CommunicationProbe.Measure(workers, options.Distributed.BucketBytes, context.Time) : NetworkRates.TenGigabit;
        network = new NetworkRates(settings.LatencySeconds ?? network.LatencySeconds, settings.BytesPerSecond ?? network.BytesPerSecond);
        double[] distinct = Distinct(options, inputs, dataset);
        double copies = 1e9 * MachinePeaks.CopyRate(context.Time);
        ScalingRates rates = new(0, cost, network, copies, settings.Overlap ?? (isMeasured ? 0 : 1));

        RunOptions dense = options with { Model = ScalingModel.Dense(options.Dlrm).Model };
        double own = settings.StepSeconds ?? Step(options);
        double denseStep = settings.DenseStepSeconds ?? Step(dense);
        return new ScalingResult
        {
            LocalBatch = options.Training.BatchSize,
            Threads = threads,
            Network = network,
            MeasuredWorkers = isMeasured ? workers.WorldSize : 0,
            Overlap = rates.Overlap,
            CopyBytesPerSecond = copies,
            Steps = settings.StepSeconds is not null ? "given" : workers.WorldSize > 1 ? $"measured on {workers.WorldSize} workers at once" : "measured on one worker",
            Ids = dataset is null ? "Zipf ids" : "the dataset's ids",
            DistinctIds = distinct.Sum(),
            Designs =
            [
                Predict("as given", options, own, fusesTables: false),
                Predict("dense, an exchange for each table", dense, denseStep, fusesTables: false),
                Predict("dense, one exchange for all tables", dense, denseStep, fusesTables: true),
            ],
        };

        double Step(RunOptions design)
        {
            workers.Barrier();
            double[] sum = [StepProbe.Measure(design, inputs, dataset, threads, context.Time, stop)];
            workers.AllReduceSum(sum);
            return sum[0] / workers.WorldSize;
        }

        ScalingDesign Predict(string name, RunOptions design, double seconds, bool fusesTables)
        {
            ScalingModel model = new(design.Dlrm, inputs, distinct, rates with { StepSeconds = seconds }, fusesTables);
            return new ScalingDesign(name, seconds, [.. settings.Workers().Select(model.Predict)]);
        }
    }

    /// <summary>Counts the distinct ids of a local batch: in some batches of the dataset, or as a Zipf distribution has them.</summary>
    private double[] Distinct(RunOptions options, ModelInputs inputs, DatasetFolder? dataset)
    {
        if (dataset is null)
        {
            return [.. inputs.Cardinalities.Select(rows => DistinctIds.OfZipf(rows, options.Training.BatchSize, BenchIds.ZipfExponent))];
        }

        using ParquetBatchSource source = DataSources.OpenTraining(dataset, options, context.Time);
        double[] distinct = new double[inputs.Cardinalities.Count];
        int batches = 0;
        for (; batches < CountedBatches && source.TryRead(out Numerics.Batch batch); batches++)
        {
            for (int t = 0; t < distinct.Length; t++)
            {
                HashSet<long> ids = [.. batch.Sparse[t].Indices];
                distinct[t] += ids.Count;
            }
        }

        return [.. distinct.Select(count => count / Math.Max(1, batches))];
    }
}
