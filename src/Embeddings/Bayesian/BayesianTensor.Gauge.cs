namespace Dlrm.Embeddings;

/// <content>Gauge moves.</content>
public sealed partial class BayesianTensor
{
    /// <summary>Moves every bond to the balanced canonical form; the tensor is unchanged to rounding, its components are ordered by energy.</summary>
    public void MoveGauge()
    {
        throw new NotImplementedException();
    }
}
