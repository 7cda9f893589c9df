namespace Dlrm.Embeddings.Tests.Linear;

/// <summary>The definition of a layer with ReLU, in double: y = max(W·x + b, 0), and its gradients; each piece of the batch has a weight of its own.</summary>
internal sealed class DenseReference
{
    internal DenseReference(LayerCase layerCase, double[][] weights)
    {
        (int m, int n, int samples) = (layerCase.Layer.Outputs, layerCase.Layer.Inputs, layerCase.Samples);
        float[] bias = ((TensorizedLinear)layerCase.Layer).Bias.Value.ToArray();
        Output = new double[samples * m];
        InputGradient = new double[samples * n];
        BiasGradient = new double[m];
        for (int b = 0; b < samples; b++)
        {
            double[] weight = weights[Enumerable.Range(0, weights.Length).Last(p => samples * p / weights.Length <= b)];
            for (int o = 0; o < m; o++)
            {
                double sum = bias[o];
                for (int i = 0; i < n; i++)
                {
                    sum += layerCase.Input[(b * n) + i] * weight[(o * n) + i];
                }

                Output[(b * m) + o] = Math.Max(sum, 0);
                double gradient = sum > 0 ? layerCase.Weights[(b * m) + o] : 0;
                BiasGradient[o] += gradient;
                for (int i = 0; i < n; i++)
                {
                    InputGradient[(b * n) + i] += gradient * weight[(o * n) + i];
                }
            }
        }
    }

    internal double[] Output { get; }

    internal double[] InputGradient { get; }

    internal double[] BiasGradient { get; }
}
