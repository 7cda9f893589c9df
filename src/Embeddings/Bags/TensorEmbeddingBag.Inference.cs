using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>Lookups of a table that is no longer trained.</content>
public sealed partial class TensorEmbeddingBag
{
    private InferenceOptions? _inference;
    private long _revision = -1;
    private MaterializedFactors? _materialized;
    private HotRows? _hot;
    private Action<JaggedIndices, Matrix>? _lookUp;

    /// <inheritdoc/>
    public void PrepareInference(InferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ReleaseInference();
        _inference = options;
        _lookUp ??= (bags, output) => LookUp(bags, PoolingType.Sum, output);
    }

    /// <summary>Looks up through what is kept, when the means are in use.</summary>
    private bool TryForwardKept(JaggedIndices bags, Matrix output)
    {
        if (_inference is null || !Tensor.UsesMeans)
        {
            return false;
        }

        if (_revision != Tensor.Revision)
        {
            Refresh(_inference);
        }

        if (_hot is not null && bags.Count <= _hot.MostIndices)
        {
            _hot.Pool(bags, _pooling, _lookUp!, output);
        }
        else
        {
            LookUp(bags, _pooling, output);
        }

        return true;
    }

    private void LookUp(JaggedIndices bags, PoolingType pooling, Matrix output)
    {
        if (_materialized is null)
        {
            Evaluate(0, bags, Tensor.Format, Tensor.Factors(0), pooling, output);
        }
        else
        {
            Evaluate(0, bags, _materialized.Format, _materialized.Factors, pooling, output);
        }
    }

    private void Refresh(InferenceOptions options)
    {
        _materialized?.Dispose();
        _materialized = options.InterfaceBytes > 0 ? Tensor.Format.Materialize(_device, Tensor.Factors(0), options.InterfaceBytes) : null;
        if (options.HotRows > 1)
        {
            _hot ??= new HotRows(_device, options.HotRows, EmbeddingDim);
            _hot.Clear();
        }

        _revision = Tensor.Revision;
    }

    private void ReleaseInference()
    {
        _materialized?.Dispose();
        _hot?.Dispose();
        (_materialized, _hot, _revision) = (null, null, -1);
    }
}
