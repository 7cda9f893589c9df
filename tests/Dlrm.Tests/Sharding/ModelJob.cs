using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Sharding;

/// <summary>Trains a model with every table dense, and spread when there are workers: each takes its part of the same batches; gradients of towers are added here by hand.</summary>
internal sealed class ModelJob : IDisposable
{
    private const int BatchSize = 32;
    private const double ClipNorm = 0.02;
    private readonly ShardWorker _worker;
    private readonly ClickSource _source = new(64 * BatchSize, BatchSize, seed: 8);
    private readonly Batch _part = new(2, 3);

    internal ModelJob(ShardWorker worker, OptimizerOptions optimizer)
    {
        _worker = worker;
        DlrmOptions options = Options(optimizer);
        Model = new DlrmModel(worker.Device, options, Models.Inputs, worker.Exchange);
    }

    internal DlrmModel Model { get; }

    public void Dispose()
    {
        Model.Dispose();
        _source.Dispose();
    }

    internal static DlrmOptions Options(OptimizerOptions optimizer) => Models.Svi with
    {
        Model = Models.Svi.Model with { Tables = new TableOptions { Kind = TableKind.Dense } },
        Training = Models.Svi.Training with { TableOptimizer = optimizer, MlpOptimizer = new OptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = 0.1 } },
        Distributed = new DistributedOptions { MostReplicatedRows = 0 },
    };

    /// <summary>Takes steps.</summary>
    /// <param name="steps">How many.</param>
    /// <param name="parts">Into how many equal parts a batch is cut; workers beyond have no samples.</param>
    internal void Train(int steps, int parts)
    {
        for (int step = 1; step <= steps; step++)
        {
            Assert.True(_source.TryRead(out Batch batch));
            Model.ClearGradients();
            if (_worker.Exchange.Worker < parts)
            {
                Cut(batch, _worker.Exchange.Worker, BatchSize / parts);
                Model.Forward(_part);
                Model.Loss();
                Model.Backward();
            }
            else
            {
                Model.ServeForward();
                Model.ServeBackward();
            }

            AddTowers();
            double norm = Math.Sqrt(Model.Parameters.Sum(parameter => parameter.GradientSumOfSquares())) / parts;
            StepContext context = new()
            {
                Step = step,
                LearningRateFactor = 1,
                GradientScale = (float)(Math.Min(1, ClipNorm / norm) / parts),
                KlWeight = 0,
                BatchSize = BatchSize,
            };
            foreach (Parameter parameter in Model.Parameters)
            {
                parameter.Step(context);
            }
        }
    }

    /// <summary>Gets every saved tensor; all workers call it, and worker 0 has them.</summary>
    internal Dictionary<string, float[]> Read()
    {
        TableWriter writer = new();
        Model.Shards!.Lead(() => Model.Save(writer, StateParts.All));
        return writer.Tensors;
    }

    /// <summary>Adds the gradients of what every worker has whole: the towers.</summary>
    private void AddTowers()
    {
        foreach (DenseParameter parameter in Model.Parameters.OfType<DenseParameter>())
        {
            float[] gradient = parameter.Gradient.ToArray();
            _worker.Communicator.AllReduceSum(gradient.AsSpan());
            parameter.Gradient.CopyFrom(gradient);
        }
    }

    private void Cut(Batch batch, int part, int size)
    {
        int first = part * size;
        _part.Resize(size);
        batch.Labels.Slice(first, size).CopyTo(_part.Labels);
        batch.Dense.Slice(first * 2, size * 2).CopyTo(_part.Dense);
        for (int t = 0; t < 3; t++)
        {
            JaggedIndices from = batch.Sparse[t];
            int begin = from.Offsets[first];
            int count = from.Offsets[first + size] - begin;
            _part.Sparse[t].Resize(size, count, isWeighted: false);
            from.Indices.Slice(begin, count).CopyTo(_part.Sparse[t].Indices);
            for (int b = 0; b <= size; b++)
            {
                _part.Sparse[t].Offsets[b] = from.Offsets[first + b] - begin;
            }
        }
    }
}
