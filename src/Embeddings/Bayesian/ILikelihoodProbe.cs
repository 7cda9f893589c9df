namespace Dlrm.Embeddings;

/// <summary>Measures how well the data are fitted, on a fixed sample of batches: the evidence that pruning weighs.</summary>
public interface ILikelihoodProbe
{
    /// <summary>Gets the number of samples measured.</summary>
    int Samples { get; }

    /// <summary>Gets N, the number of training samples that they stand for.</summary>
    long TrainingSamples { get; }

    /// <summary>Prepares measurements in which only one tensor changes: everything else may be computed once and kept.</summary>
    /// <remarks>The tensor focused before must be what it was when it was focused or last accepted.</remarks>
    /// <param name="tensor">The tensor that will change.</param>
    void Focus(BayesianTensor tensor);

    /// <summary>Makes the focused tensor's present cores part of everything else: it follows each removal.</summary>
    void Accept();

    /// <summary>Replaces sums over the samples of this worker by those over the samples of all; one worker's are those of all.</summary>
    /// <param name="sums">The sums.</param>
    void SumOverWorkers(Span<double> sums)
    {
    }

    /// <summary>Computes −ln p(y|x) of every sample with the tensor's present cores, always in the same order.</summary>
    /// <param name="losses">Receives <see cref="Samples"/> values in nats.</param>
    void Measure(Span<double> losses);
}
