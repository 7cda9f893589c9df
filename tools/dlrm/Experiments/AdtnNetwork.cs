using Dlrm.Data.Images;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Experiments;

/// <summary>A dense classifier and what its weights are rebuilt from after the fit.</summary>
/// <param name="device">The device.</param>
/// <param name="plan">The plan.</param>
/// <param name="variant">What the weights are rebuilt from.</param>
/// <param name="options">The options of the dense classifier.</param>
/// <param name="inputs">The pixels of an image.</param>
/// <param name="dense">The dense parameters, weight and bias of each layer.</param>
internal sealed class AdtnNetwork(IDevice device, AdtnPlan plan, AdtnVariant variant, ClassifierOptions options, int inputs, float[][] dense) : IDisposable
{
    private readonly Dictionary<int, GeneratedWeight> _fitted = [];

    /// <summary>Gets the numbers of the dense weights that are replaced.</summary>
    internal long DenseElements => _fitted.Keys.Sum(layer => (long)dense[2 * layer].Length);

    /// <summary>Gets the numbers that they are rebuilt from.</summary>
    internal long CompressedElements => _fitted.Values.Sum(static weight => weight.StoredElements);

    /// <summary>Fits the dense weights.</summary>
    /// <param name="stop">Gives up.</param>
    /// <returns>Σ‖Ŵ − W‖² / Σ‖W‖².</returns>
    internal double Fit(CancellationToken stop)
    {
        double squares = 0;
        double distance = 0;
        for (int layer = 0; layer < dense.Length / 2; layer++)
        {
            float[] numbers = dense[2 * layer];
            if (numbers.Length <= variant.CompressAbove)
            {
                continue;
            }

            int outputs = dense[(2 * layer) + 1].Length;
            (int rows, int columns) = IsTransposed(layer) ? (numbers.Length / outputs, outputs) : (outputs, numbers.Length / outputs);
            float[] target = IsTransposed(layer) ? Transpose(numbers, columns, rows) : numbers;
            double norm = target.Sum(static number => (double)number * number);
            GeneratedWeight weight = Start(layer, target, rows, columns, Math.Sqrt(norm));
            _fitted[layer] = weight;
            squares += norm;
            distance += norm * WeightFitter.Run(device, weight, target, plan.FitSteps, cancellation: stop);
        }

        return distance / squares;
    }

    /// <summary>Makes the classifier; the receiver disposes it.</summary>
    /// <param name="isCompressed">Whether its weights are the fitted ones.</param>
    /// <param name="isScaled">Whether these are scaled to the norms of the dense ones.</param>
    /// <returns>The classifier.</returns>
    internal ImageClassifier Create(bool isCompressed, bool isScaled = false)
    {
        ImageClassifier model = new(device, options with { Epochs = plan.Epochs, BatchSize = plan.BatchSize, Optimizer = plan.OtherOptimizer }, inputs, ImageFolder.Classes);
        for (int p = 0; p < dense.Length; p++)
        {
            ((DenseParameter)model.Parameters[p]).Value.CopyFrom(dense[p]);
        }

        foreach ((int layer, GeneratedWeight fitted) in isCompressed ? _fitted : [])
        {
            GeneratedWeight weight = New(layer, fitted);
            weight.Values.Value.CopyFrom(fitted.Values.Value.ToArray());
            if (isScaled)
            {
                weight.ScaleTo(Math.Sqrt(dense[2 * layer].Sum(static number => (double)number * number)));
            }

            model.ReplaceWeight(layer, weight, IsTransposed(layer));
        }

        return model;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (GeneratedWeight weight in _fitted.Values)
        {
            weight.Dispose();
        }
    }

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

    private static string NameOf(int layer) => $"fc.{layer}.weight";

    /// <summary>Says whether outputs are read last, because they are a power of two and the inputs are not.</summary>
    private bool IsTransposed(int layer)
    {
        int outputs = dense[(2 * layer) + 1].Length;
        return int.IsPow2(outputs) && !int.IsPow2(dense[2 * layer].Length / outputs);
    }

    private GeneratedWeight Start(int layer, float[] target, int rows, int columns, double norm)
    {
        AdtnShape shape = new(target.Length, Math.Max(1, variant.Size), plan.Slope);
        if (variant.Kind != AdtnWeightKind.Adtn)
        {
            int[] modes = variant.Kind == AdtnWeightKind.Qtt ? [.. Enumerable.Repeat(2, shape.Wall.Sites)] : [rows, columns];
            return TensorTrainWeight.Decompose(device, NameOf(layer), modes, variant.Size, target, rows, columns, plan.FitOptimizer with { LearningRate = plan.FitOptimizer.LearningRate / 20 });
        }

        AdtnTensor tensor = new(device, NameOf(layer), shape, rows, columns, plan.FitOptimizer);
        tensor.Initialize(new RandomStream(options.Seed, 2305).Derive((ulong)layer), norm, plan.Start, plan.StartDeviation);
        return tensor;
    }

    private GeneratedWeight New(int layer, GeneratedWeight fitted) => fitted switch
    {
        AdtnTensor tensor => new AdtnTensor(device, NameOf(layer), tensor.Shape, tensor.Rows, tensor.Columns, plan.Optimizer),
        TensorTrainWeight train => new TensorTrainWeight(device, NameOf(layer), train.Modes, train.Ranks, train.Rows, train.Columns, plan.Optimizer),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
