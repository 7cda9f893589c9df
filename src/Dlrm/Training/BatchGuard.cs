using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Finds numbers in a batch that would spoil a model.</summary>
internal static class BatchGuard
{
    /// <summary>Finds the first label outside [0, 1] and the first dense feature or weight that is NaN or infinite.</summary>
    /// <param name="batch">The batch.</param>
    /// <returns>What is wrong, with the sample's position in the epoch; null when nothing is.</returns>
    internal static string? Problem(Batch batch)
    {
        Span<float> labels = batch.Labels;
        for (int b = 0; b < labels.Length; b++)
        {
            if (!(labels[b] >= 0 && labels[b] <= 1))
            {
                return $"Sample {batch.FirstSample + b} of the epoch has the label {labels[b]}; it must be in [0, 1].";
            }
        }

        Span<float> dense = batch.Dense;
        for (int i = 0; i < dense.Length; i++)
        {
            if (!float.IsFinite(dense[i]))
            {
                return $"Sample {batch.FirstSample + (i / batch.DenseFeatures)} of the epoch has {dense[i]} as dense feature {i % batch.DenseFeatures}; it must be finite.";
            }
        }

        for (int f = 0; f < batch.Sparse.Length; f++)
        {
            Span<float> weights = batch.Sparse[f].Weights;
            for (int i = 0; i < weights.Length; i++)
            {
                if (!float.IsFinite(weights[i]))
                {
                    return $"Sample {batch.FirstSample + BagOf(batch.Sparse[f], i)} of the epoch has the weight {weights[i]} in sparse feature {f}; it must be finite.";
                }
            }
        }

        return null;
    }

    private static int BagOf(JaggedIndices bags, int position)
    {
        int bag = 0;
        while (bags.Offsets[bag + 1] <= position)
        {
            bag++;
        }

        return bag;
    }
}
