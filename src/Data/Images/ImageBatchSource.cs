using System.Numerics.Tensors;
using Dlrm.Numerics;

namespace Dlrm.Data.Images;

/// <summary>Cuts labelled images into batches, in a new seeded order each epoch or as they stand; each image exactly once per epoch.</summary>
/// <remarks><code>inputs[b, p] = pixel p of image order[first + b] / 255</code></remarks>
public sealed class ImageBatchSource
{
    private readonly LabelledImages _images;
    private readonly int _batchSize;
    private readonly ulong? _seed;
    private readonly int[] _order;
    private readonly float[] _inputs;
    private readonly int[] _labels;
    private int _next;
    private int _size;

    /// <summary>Initializes a new instance of the <see cref="ImageBatchSource"/> class at the start of epoch 0.</summary>
    /// <param name="images">The images.</param>
    /// <param name="batchSize">B; the last batch of an epoch has what is left.</param>
    /// <param name="seed">The seed of the orders, or null for the order of the images.</param>
    public ImageBatchSource(LabelledImages images, int batchSize, ulong? seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        _images = images;
        _batchSize = Math.Min(batchSize, images.Count);
        _seed = seed;
        _order = new int[images.Count];
        _inputs = new float[(long)_batchSize * images.PixelsPerImage];
        _labels = new int[_batchSize];
        Start(0);
    }

    /// <summary>Gets the images of an epoch.</summary>
    public int Count => _images.Count;

    /// <summary>Gets the inputs of the last <see cref="TryRead"/>, (B, n) row-major, each in [0, 1]; valid until the next.</summary>
    public ReadOnlySpan<float> Inputs => _inputs.AsSpan(0, _size * _images.PixelsPerImage);

    /// <summary>Gets the classes of the last <see cref="TryRead"/>; valid until the next.</summary>
    public ReadOnlySpan<int> Labels => _labels.AsSpan(0, _size);

    /// <summary>Goes to the start of an epoch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public void Start(int epoch)
    {
        _next = 0;
        _size = 0;
        if (_seed is ulong seed)
        {
            // Derive mixes streams, not seeds: the seed is a part of the stream here, because only Stream is read below.
            SeededOrder.Permute(_order, new RandomStream(0, 2).Derive(seed).Derive((ulong)epoch));
        }
        else
        {
            SeededOrder.Keep(_order);
        }
    }

    /// <summary>Reads the next batch.</summary>
    /// <returns>False at the end of the epoch.</returns>
    public bool TryRead()
    {
        _size = Math.Min(_batchSize, _images.Count - _next);
        int width = _images.PixelsPerImage;
        for (int b = 0; b < _size; b++)
        {
            int n = _order[_next + b];
            TensorPrimitives.ConvertTruncating(_images.Pixels.Span.Slice(n * width, width), _inputs.AsSpan(b * width, width));
            _labels[b] = _images.Labels.Span[n];
        }

        TensorPrimitives.Divide(Inputs, 255f, _inputs);
        _next += _size;
        return _size > 0;
    }
}
