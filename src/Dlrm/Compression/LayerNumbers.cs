using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression;

/// <summary>Gets the weight and bias of a layer as plain matrices, whatever it keeps.</summary>
internal static class LayerNumbers
{
    /// <summary>Rebuilds a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="device">Its device.</param>
    /// <returns>(outputs, inputs) row-major, and the bias.</returns>
    internal static (float[] Weight, float[] Bias) Of(ILinearLayer layer, IDevice device)
    {
        DenseParameter[] dense = [.. layer.Parameters.OfType<DenseParameter>()];
        float[] bias = dense[^1].Value.ToArray();
        if (layer.Tensor is not BayesianTensor tensor)
        {
            return (dense[0].Value.ToArray(), bias);
        }

        int length = checked(layer.Outputs * layer.Inputs);
        if (tensor.IsZero)
        {
            return (new float[length], bias);
        }

        using RowGroups groups = new(device);
        device.GroupRows(AllRows.Of(layer.Outputs), groups);
        using IRowEvaluator evaluator = tensor.Format.CreateRowEvaluator(device);
        using DeviceBuffer<float> weight = device.Allocate<float>(length);
        evaluator.Rows(tensor.Format, tensor.Means(), groups, new Matrix(weight, layer.Outputs, layer.Inputs));
        return (weight.ToArray(), bias);
    }
}
