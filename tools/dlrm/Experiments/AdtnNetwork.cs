using Dlrm.Data.Images;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Experiments;

/// <summary>A dense classifier and what some of its weights are rebuilt from after the fit.</summary>
/// <param name="device">The device.</param>
/// <param name="plan">The plan.</param>
/// <param name="variant">What the weights are rebuilt from.</param>
/// <param name="options">The options of the dense classifier.</param>
/// <param name="inputs">The numbers of an image.</param>
/// <param name="dense">The dense parameters, weight and bias of each layer, convolutions first.</param>
internal sealed class AdtnNetwork(IDevice device, AdtnPlan plan, AdtnVariant variant, ClassifierOptions options, int inputs, float[][] dense) : IDisposable
{
    private readonly Dictionary<int, GeneratedWeight> _fitted = [];

    /// <summary>Gets the numbers of the dense weights that are replaced.</summary>
    internal long DenseElements => Replaced.Sum(layer => (long)dense[2 * layer].Length);

    /// <summary>Gets the numbers that they are rebuilt from.</summary>
    internal long CompressedElements => variant.Kind == AdtnWeightKind.Dense ? DenseElements : _fitted.Values.Sum(static weight => weight.StoredElements);

    /// <summary>Gets the numbers of the model.</summary>
    internal long StoredElements => dense.Sum(static numbers => (long)numbers.Length) - DenseElements + CompressedElements;

    /// <summary>Gets Σ‖Ŵ − W‖² / Σ‖W‖² below which no weight of this kind and size comes; NaN when no bound is known.</summary>
    internal double LeastDistance { get; private set; } = double.NaN;

    private IEnumerable<int> Replaced => Enumerable.Range(options.Convolutions.Count, (dense.Length / 2) - options.Convolutions.Count)
        .Where(layer => dense[2 * layer].Length > (variant.CompressAbove ?? plan.CompressAbove));

    /// <summary>Fits the dense weights.</summary>
    /// <param name="stop">Gives up.</param>
    /// <returns>Σ‖Ŵ − W‖² / Σ‖W‖²; NaN for random numbers.</returns>
    internal double Fit(CancellationToken stop)
    {
        if (variant.Kind is AdtnWeightKind.Random or AdtnWeightKind.Dense)
        {
            return variant.Kind == AdtnWeightKind.Dense ? 0 : double.NaN;
        }

        double squares = 0;
        double distance = 0;
        double least = 0;
        foreach (int layer in Replaced)
        {
            float[] numbers = dense[2 * layer];
            int outputs = dense[(2 * layer) + 1].Length;
            (int rows, int columns) = IsTransposed(layer) ? (numbers.Length / outputs, outputs) : (outputs, numbers.Length / outputs);
            float[] target = IsTransposed(layer) ? Transpose(numbers, columns, rows) : numbers;
            double norm = SumOfSquares(numbers);
            GeneratedWeight weight = Start(layer, target, rows, columns, Math.Sqrt(norm));
            _fitted[layer] = weight;
            squares += norm;
            distance += norm * WeightFitter.Run(device, weight, target, plan.FitSteps, cancellation: stop);
            least += norm * LeastOf(target, rows, columns);
        }

        LeastDistance = least / squares;
        return distance / squares;
    }

    /// <summary>Makes the classifier; the receiver disposes it.</summary>
    /// <param name="isCompressed">Whether its weights are the fitted ones.</param>
    /// <param name="isScaled">Whether these are scaled to the norms of the dense ones.</param>
    /// <returns>The classifier.</returns>
    internal ImageClassifier Create(bool isCompressed, bool isScaled = false)
    {
        OptimizerOptions optimizer = variant is { Kind: AdtnWeightKind.Dense, LearningRate: double rate } ? plan.OtherOptimizer with { LearningRate = rate } : plan.OtherOptimizer;
        ImageClassifier model = new(device, options with { Epochs = plan.Epochs, BatchSize = plan.BatchSize, Optimizer = optimizer }, inputs, ImageFolder.Classes);
        for (int p = 0; p < dense.Length; p++)
        {
            ((DenseParameter)model.Parameters[p]).Value.CopyFrom(dense[p]);
        }

        foreach (int layer in isCompressed ? Replaced : [])
        {
            double norm = Math.Sqrt(SumOfSquares(dense[2 * layer]));
            if (variant.Kind == AdtnWeightKind.Random)
            {
                DeviceBuffer<float> value = ((DenseParameter)model.Parameters[2 * layer]).Value;
                device.FillNormal(value, StreamOf(layer), (float)(norm / Math.Sqrt(value.Length)));
            }
            else if (_fitted.TryGetValue(layer, out GeneratedWeight? fitted))
            {
                GeneratedWeight weight = New(layer, fitted);
                weight.Values.Value.CopyFrom(fitted.Values.Value.ToArray());
                if (isScaled)
                {
                    weight.ScaleTo(norm);
                }

                model.ReplaceWeight(layer, weight, IsTransposed(layer));
            }
        }

        return model;
    }

    /// <summary>Says whether a parameter of the classifier is a replaced weight.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <returns>Whether it is.</returns>
    internal bool IsReplaced(Parameter parameter) => Replaced.Any(layer => NameOf(layer) == parameter.Name);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (GeneratedWeight weight in _fitted.Values)
        {
            weight.Dispose();
        }
    }

    private static double SumOfSquares(float[] numbers) => numbers.Sum(static number => (double)number * number);

    private static float[] Transpose(float[] numbers, int rows, int columns)
    {
        float[] transposed = new float[numbers.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                transposed[(j * rows) + i] = numbers[(i * columns) + j];
            }
        }

        return transposed;
    }

    private string NameOf(int layer) => $"fc.{layer - options.Convolutions.Count}.weight";

    private RandomStream StreamOf(int layer) => new RandomStream(options.Seed, 2305).Derive((ulong)layer);

    /// <summary>Says whether outputs are read last, because they are a power of two and the inputs are not.</summary>
    private bool IsTransposed(int layer)
    {
        int outputs = dense[(2 * layer) + 1].Length;
        return int.IsPow2(outputs) && !int.IsPow2(dense[2 * layer].Length / outputs);
    }

    private int[] ModesOf(AdtnShape shape, int rows, int columns) => variant.Kind == AdtnWeightKind.LowRank ? [rows, columns] : [.. Enumerable.Repeat(2, shape.Wall.Sites)];

    /// <summary>Gets what no fit can go below: a low-rank matrix's singular values say it exactly, the unfoldings bound a tensor train, and an ADTN of one layer is such a train.</summary>
    private double LeastOf(float[] target, int rows, int columns)
    {
        if (variant.Kind == AdtnWeightKind.Adtn && variant.Size > 1)
        {
            return double.NaN;
        }

        int[] modes = ModesOf(new AdtnShape(target.Length, 1), rows, columns);
        int[] ranks = variant.Kind == AdtnWeightKind.Adtn
            ? [.. Enumerable.Range(1, modes.Length - 1).Select(static bond => bond % 2 == 1 ? 2 : 4)]
            : [.. Enumerable.Repeat(variant.Size, modes.Length - 1)];
        return TensorTrainWeight.LeastDistance(device, modes, ranks, target);
    }

    private GeneratedWeight Start(int layer, float[] target, int rows, int columns, double norm)
    {
        AdtnShape shape = new(target.Length, Math.Max(1, variant.Size), plan.Slope);
        if (variant.Kind != AdtnWeightKind.Adtn)
        {
            return TensorTrainWeight.Decompose(
                device, NameOf(layer), ModesOf(shape, rows, columns), variant.Size, target, rows, columns, plan.FitOptimizer with { LearningRate = plan.FitOptimizer.LearningRate / 5 });
        }

        AdtnTensor tensor = new(device, NameOf(layer), shape, rows, columns, plan.FitOptimizer);
        tensor.Initialize(StreamOf(layer), norm, plan.Start);
        return tensor;
    }

    private GeneratedWeight New(int layer, GeneratedWeight fitted)
    {
        OptimizerOptions optimizer = plan.Optimizer with { LearningRate = variant.LearningRate ?? plan.Optimizer.LearningRate };
        return fitted switch
        {
            AdtnTensor tensor => new AdtnTensor(device, NameOf(layer), tensor.Shape, tensor.Rows, tensor.Columns, optimizer),
            TensorTrainWeight train => new TensorTrainWeight(device, NameOf(layer), train.Modes, train.Ranks, train.Rows, train.Columns, optimizer),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
