using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Copies batches, whose owner reuses them, one after the other into larger ones.</summary>
internal static class BatchJoiner
{
    /// <summary>Adds the samples of one batch to another.</summary>
    /// <param name="target">Grows by the samples.</param>
    /// <param name="source">The samples, with the same features.</param>
    internal static void Append(Batch target, Batch source)
    {
        int first = target.Size;
        target.Resize(first + source.Size);
        source.Labels.CopyTo(target.Labels[first..]);
        source.Dense.CopyTo(target.Dense[(first * target.DenseFeatures)..]);
        for (int f = 0; f < source.Sparse.Length; f++)
        {
            Append(target.Sparse[f], source.Sparse[f]);
        }
    }

    private static void Append(JaggedIndices target, JaggedIndices source)
    {
        int bags = target.Bags;
        int count = target.Count;
        bool wasWeighted = target.IsWeighted;
        target.Resize(bags + source.Bags, count + source.Count, wasWeighted || source.IsWeighted);
        source.Indices.CopyTo(target.Indices[count..]);
        for (int b = 0; b <= source.Bags; b++)
        {
            target.Offsets[bags + b] = count + source.Offsets[b];
        }

        if (target.IsWeighted)
        {
            // A batch without weights has the weight 1 everywhere.
            if (!wasWeighted)
            {
                target.Weights[..count].Fill(1);
            }

            if (source.IsWeighted)
            {
                source.Weights.CopyTo(target.Weights[count..]);
            }
            else
            {
                target.Weights[count..].Fill(1);
            }
        }
    }
}
