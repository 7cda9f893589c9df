using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Tests.Support;

/// <summary>The whole model by its definition, in double: logits, mean loss, and its gradient by the chain rule, sample by sample.</summary>
/// <remarks>Weights are a dictionary of arrays under the names of checkpoints; TT-matrix tables have their cores there, slab by slab.</remarks>
internal sealed class ReferenceModel
{
    private readonly DlrmModel _model;
    private readonly int _bottomLayers;
    private readonly int _topLayers;

    /// <summary>Initializes a new instance of the <see cref="ReferenceModel"/> class with the weights that a model has now.</summary>
    /// <param name="model">The model, whose shapes and weights are taken.</param>
    internal ReferenceModel(DlrmModel model)
    {
        _model = model;
        _bottomLayers = model.Options.Model.BottomMlp.Sizes.Count;
        _topLayers = model.Options.Model.TopMlp.Sizes.Count + 1;
        foreach (Parameter parameter in model.Parameters)
        {
            int cores = parameter is BayesianTensor tensor ? tensor.Format.Factors.Count : 0;
            string[] names = cores == 0 ? [parameter.Name] : [.. Enumerable.Range(0, cores).Select(k => $"{parameter.Name}.core.{k}")];
            foreach (string name in names)
            {
                Weights[name] = Array.ConvertAll(Models.Read(model, name), value => (double)value);
            }
        }
    }

    /// <summary>Gets the weights by name.</summary>
    internal SortedDictionary<string, double[]> Weights { get; } = new(StringComparer.Ordinal);

    /// <summary>Computes the mean loss in nats.</summary>
    /// <param name="batch">The samples.</param>
    /// <returns>The loss.</returns>
    internal double Loss(Batch batch) => Enumerable.Range(0, batch.Size).Average(b =>
    {
        double z = Logit(batch, b, out _, out _, out _);
        return Math.Max(z, 0) - (z * batch.Labels[b]) + Math.Log(1 + Math.Exp(-Math.Abs(z)));
    });

    /// <summary>Computes the gradient of the mean loss with respect to every weight that is not a TT core.</summary>
    /// <param name="batch">The samples.</param>
    /// <returns>Gradients by name.</returns>
    internal Dictionary<string, double[]> Gradients(Batch batch)
    {
        Dictionary<string, double[]> gradients = Weights.ToDictionary(pair => pair.Key, pair => new double[pair.Value.Length]);
        for (int b = 0; b < batch.Size; b++)
        {
            double z = Logit(batch, b, out List<double[]> bottom, out double[][] vectors, out List<double[]> top);
            double[] gradient = Back("top", top, [(1 / (1 + Math.Exp(-z)) - batch.Labels[b]) / batch.Size], gradients, isLastRelu: false);
            double[][] vectorGradients = [.. vectors.Select(vector => new double[vector.Length])];
            gradient.AsSpan(0, vectors[0].Length).CopyTo(vectorGradients[0]);
            int pair = vectors[0].Length;
            for (int i = 1; i < vectors.Length; i++)
            {
                for (int j = 0; j < i; j++, pair++)
                {
                    for (int c = 0; c < vectors[i].Length; c++)
                    {
                        vectorGradients[i][c] += gradient[pair] * vectors[j][c];
                        vectorGradients[j][c] += gradient[pair] * vectors[i][c];
                    }
                }
            }

            Back("bottom", bottom, vectorGradients[0], gradients, isLastRelu: true);
            for (int t = 0; t < _model.Bags.Count; t++)
            {
                foreach (long id in Bag(batch, t, b))
                {
                    double[] table = gradients[_model.Bags[t].Name];
                    for (int c = 0; c < vectorGradients[t + 1].Length; c++)
                    {
                        table[(id * vectorGradients[t + 1].Length) + c] += vectorGradients[t + 1][c];
                    }
                }
            }
        }

        return gradients;
    }

    private static long[] Bag(Batch batch, int table, int b)
    {
        JaggedIndices bags = batch.Sparse[table];
        return bags.Indices[bags.Offsets[b]..bags.Offsets[b + 1]].ToArray();
    }

    private double Logit(Batch batch, int b, out List<double[]> bottom, out double[][] vectors, out List<double[]> top)
    {
        bottom = Run("bottom", _bottomLayers, [.. batch.Dense.Slice(b * batch.DenseFeatures, batch.DenseFeatures).ToArray().Select(x => (double)x)], isLastRelu: true);
        List<double[]> all = [bottom[^1]];
        for (int t = 0; t < _model.Bags.Count; t++)
        {
            double[] sum = new double[_model.Options.Model.EmbeddingDim];
            foreach (long id in Bag(batch, t, b))
            {
                for (int c = 0; c < sum.Length; c++)
                {
                    sum[c] += Entry(t, id, c);
                }
            }

            all.Add(sum);
        }

        vectors = [.. all];
        List<double> input = [.. vectors[0]];
        for (int i = 1; i < vectors.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                input.Add(vectors[i].Zip(vectors[j], (x, y) => x * y).Sum());
            }
        }

        top = Run("top", _topLayers, [.. input], isLastRelu: false);
        return top[^1][0];
    }

    private List<double[]> Run(string name, int layers, double[] input, bool isLastRelu)
    {
        List<double[]> values = [input];
        for (int k = 0; k < layers; k++)
        {
            double[] weight = Weights[$"{name}.{k}.weight"];
            double[] bias = Weights[$"{name}.{k}.bias"];
            double[] output = new double[bias.Length];
            for (int o = 0; o < output.Length; o++)
            {
                double sum = bias[o];
                for (int i = 0; i < values[k].Length; i++)
                {
                    sum += values[k][i] * weight[(o * values[k].Length) + i];
                }

                output[o] = (k < layers - 1 || isLastRelu) && sum <= 0 ? 0 : sum;
            }

            values.Add(output);
        }

        return values;
    }

    private double[] Back(string name, List<double[]> values, double[] gradient, Dictionary<string, double[]> gradients, bool isLastRelu)
    {
        for (int k = values.Count - 2; k >= 0; k--)
        {
            double[] input = values[k];
            double[] inputGradient = new double[input.Length];
            for (int o = 0; o < gradient.Length; o++)
            {
                bool isRelu = k < values.Count - 2 || isLastRelu;
                double own = isRelu && values[k + 1][o] <= 0 ? 0 : gradient[o];
                gradients[$"{name}.{k}.bias"][o] += own;
                for (int i = 0; i < input.Length; i++)
                {
                    gradients[$"{name}.{k}.weight"][(o * input.Length) + i] += own * input[i];
                    inputGradient[i] += own * Weights[$"{name}.{k}.weight"][(o * input.Length) + i];
                }
            }

            gradient = inputGradient;
        }

        return gradient;
    }

    private double Entry(int table, long row, int column)
    {
        IEmbeddingBag bag = _model.Bags[table];
        if (bag.Tensor is not BayesianTensor tensor)
        {
            return Weights[bag.Name][(row * bag.EmbeddingDim) + column];
        }

        TtmShape shape = ((TtmFormat)tensor.Format).Shape;
        int[] rowDigits = new int[shape.Order];
        shape.SplitRow(row, rowDigits);
        int[] columnDigits = new int[shape.Order];
        for (int k = shape.Order - 1; k >= 0; k--)
        {
            columnDigits[k] = column % shape.ColumnModes[k];
            column /= shape.ColumnModes[k];
        }

        double[] left = [1];
        for (int k = 0; k < shape.Order; k++)
        {
            double[] core = Weights[$"{bag.Name}.core.{k}"];
            double[] next = new double[shape.Ranks[k + 1]];
            for (int s = 0; s < next.Length; s++)
            {
                for (int r = 0; r < left.Length; r++)
                {
                    next[s] += left[r] * core[(rowDigits[k] * shape.SlabLength(k)) + (((r * shape.ColumnModes[k]) + columnDigits[k]) * next.Length) + s];
                }
            }

            left = next;
        }

        return left[0];
    }
}
