using Dlrm.Distributed;
using Dlrm.Embeddings;

namespace Dlrm.Training;

/// <summary>Measures the data fit on the samples of all workers, each of which measures its own.</summary>
/// <param name="own">Measures this worker's samples, maybe none.</param>
/// <param name="communicator">The workers.</param>
internal sealed class WorkersLikelihoodProbe(ILikelihoodProbe own, ICommunicator communicator) : ILikelihoodProbe
{
    /// <inheritdoc/>
    public int Samples => own.Samples;

    /// <inheritdoc/>
    public long TrainingSamples => own.TrainingSamples;

    /// <inheritdoc/>
    public void Focus(BayesianTensor tensor) => own.Focus(tensor);

    /// <inheritdoc/>
    public void Accept() => own.Accept();

    /// <inheritdoc/>
    public void SumOverWorkers(Span<double> sums) => communicator.AllReduceSum(sums);

    /// <inheritdoc/>
    public void Measure(Span<double> losses) => own.Measure(losses);
}
