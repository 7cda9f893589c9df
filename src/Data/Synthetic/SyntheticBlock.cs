using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Up to 8192 consecutive rows of synthetic data, in memory that is reused; a pure function of options, seed and block number.</summary>
public sealed class SyntheticBlock
{
    /// <summary>The rows of every block but the last.</summary>
    public const int Rows = 8192;

    /// <summary>Initializes a new instance of the <see cref="SyntheticBlock"/> class without rows.</summary>
    /// <param name="denseFeatures">The number of dense features.</param>
    /// <param name="sparseFeatures">The number of sparse features.</param>
    public SyntheticBlock(int denseFeatures, int sparseFeatures)
    {
        DenseFeatures = denseFeatures;
        Labels = new float[Rows];
        Logits = new double[Rows];
        Dense = new float[Rows * denseFeatures];
        Ids = new long[sparseFeatures][];
        for (int t = 0; t < sparseFeatures; t++)
        {
            Ids[t] = new long[Rows];
        }
    }

    /// <summary>Gets the number of dense features F.</summary>
    public int DenseFeatures { get; }

    /// <summary>Gets the number of the block's first row within the dataset.</summary>
    public long FirstRow { get; internal set; }

    /// <summary>Gets the number of valid rows.</summary>
    public int Count { get; internal set; }

    /// <summary>Gets the labels, 0 or 1.</summary>
    public float[] Labels { get; }

    /// <summary>Gets the true logits: the label of row i was drawn with probability 1 / (1 + exp(-Logits[i])).</summary>
    public double[] Logits { get; }

    /// <summary>Gets the dense features as stored, ln(1 + x), row-major (Count, F).</summary>
    public float[] Dense { get; }

    /// <summary>Gets the ids: one array for each sparse feature.</summary>
    public long[][] Ids { get; }

    /// <summary>Sets the size of a batch of one id per feature.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="size">The number of samples.</param>
    internal static void Resize(Batch batch, int size)
    {
        batch.Resize(size);
        foreach (JaggedIndices bags in batch.Sparse)
        {
            bags.Resize(size, size, isWeighted: false);
            for (int b = 0; b <= size; b++)
            {
                bags.Offsets[b] = b;
            }
        }
    }

    /// <summary>Makes a batch of rows of this block.</summary>
    /// <param name="batch">Receives them.</param>
    /// <param name="firstRow">The first row within this block.</param>
    /// <param name="count">The number of rows.</param>
    internal void ResizeAndCopyTo(Batch batch, int firstRow, int count)
    {
        Resize(batch, count);
        batch.FirstSample = FirstRow + firstRow;
        CopyTo(batch, firstRow, 0, count);
    }

    /// <summary>Copies rows into a batch of one id per feature, whose size and offsets are already set.</summary>
    /// <param name="batch">Receives labels, dense features and ids.</param>
    /// <param name="firstRow">The first row within this block.</param>
    /// <param name="firstSample">Where the rows go within the batch.</param>
    /// <param name="count">The number of rows.</param>
    internal void CopyTo(Batch batch, int firstRow, int firstSample, int count)
    {
        Labels.AsSpan(firstRow, count).CopyTo(batch.Labels[firstSample..]);
        Dense.AsSpan(firstRow * DenseFeatures, count * DenseFeatures).CopyTo(batch.Dense[(firstSample * DenseFeatures)..]);
        for (int t = 0; t < Ids.Length; t++)
        {
            Ids[t].AsSpan(firstRow, count).CopyTo(batch.Sparse[t].Indices[firstSample..]);
        }
    }
}
