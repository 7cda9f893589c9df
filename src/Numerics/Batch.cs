namespace Dlrm.Numerics;

/// <summary>Holds one batch of samples in host memory: B labels, B × dense features, and the bags of each sparse feature.</summary>
/// <remarks>The owner (a batch source) reuses it: a reader that keeps rows must copy them.</remarks>
public sealed class Batch
{
    private float[] _labels = [];
    private float[] _dense = [];

    /// <summary>Initializes a new instance of the <see cref="Batch"/> class without samples.</summary>
    /// <param name="denseFeatures">The number of dense features.</param>
    /// <param name="sparseFeatures">The number of sparse features.</param>
    public Batch(int denseFeatures, int sparseFeatures)
    {
        DenseFeatures = denseFeatures;
        Sparse = new JaggedIndices[sparseFeatures];
        for (int f = 0; f < sparseFeatures; f++)
        {
            Sparse[f] = new JaggedIndices();
        }
    }

    /// <summary>Gets the number of samples B.</summary>
    public int Size { get; private set; }

    /// <summary>Gets the number of dense features.</summary>
    public int DenseFeatures { get; }

    /// <summary>Gets the position of the first sample within the epoch's order (over all workers), for error messages.</summary>
    public long FirstSample { get; set; }

    /// <summary>Gets the labels, floats in [0, 1].</summary>
    public Span<float> Labels => _labels.AsSpan(0, Size);

    /// <summary>Gets the dense features, row-major (B, DenseFeatures).</summary>
    public Span<float> Dense => _dense.AsSpan(0, Size * DenseFeatures);

    /// <summary>Gets the bags of each sparse feature; each has B bags.</summary>
    public JaggedIndices[] Sparse { get; }

    /// <summary>Makes the bags those of a batch without samples.</summary>
    public void ClearBags()
    {
        foreach (JaggedIndices bags in Sparse)
        {
            bags.Resize(0, 0, isWeighted: false);
            bags.Offsets[0] = 0;
        }
    }

    /// <summary>Sets the number of samples; memory only ever grows. Bags are resized by the caller.</summary>
    /// <param name="size">The number of samples.</param>
    public void Resize(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (_labels.Length < size)
        {
            Array.Resize(ref _labels, size);
            Array.Resize(ref _dense, size * DenseFeatures);
        }

        Size = size;
    }
}
