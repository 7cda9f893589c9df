using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Fits planted tensors: does a fit find the ranks that made the data?</summary>
public static class RankRecovery
{
    /// <summary>Fits a planted tensor from random factors.</summary>
    /// <param name="device">The device.</param>
    /// <param name="planted">The tensor.</param>
    /// <param name="start">The format of the fit with its starting ranks; the rows and columns of the planted tensor.</param>
    /// <param name="options">How; the seed also draws the factors.</param>
    /// <returns>What was found.</returns>
    public static RecoveredRanks Fit(IDevice device, PlantedTensor planted, LowRankFormat start, TensorFitOptions options)
    {
        ArgumentNullException.ThrowIfNull(planted);
        ArgumentNullException.ThrowIfNull(options);
        BayesianTensor tensor = new(device, "fit", start, options.Optimizer, options.RankPrior, new RandomStream(options.Seed, 5), entryDeviation: 1);
        using TensorEmbeddingBag bag = new(device, tensor, PoolingType.Sum);
        TensorFitResult result = TensorFitter.Fit(device, bag, planted.SeenRows, planted.Observed, options);
        return new RecoveredRanks(result.Ranks, tensor.StoredElements, planted.UnseenError(device, bag), result.Noise);
    }
}
