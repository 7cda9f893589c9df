namespace Dlrm.Numerics;

/// <summary>The sizes of an image whose channels run fastest: element (y, x, c) is number (y·Width + x)·Channels + c.</summary>
/// <param name="Height">H, the rows.</param>
/// <param name="Width">W, the pixels of a row.</param>
/// <param name="Channels">C, the numbers of a pixel.</param>
public readonly record struct ImageShape(int Height, int Width, int Channels)
{
    /// <summary>Gets H·W.</summary>
    public int Pixels => checked(Height * Width);

    /// <summary>Gets H·W·C.</summary>
    public int Length => checked(Pixels * Channels);

    /// <summary>Gets the shape after a convolution of stride 1.</summary>
    /// <param name="kernel">K, the height and width of the filters.</param>
    /// <param name="padding">P, the zeros on each side.</param>
    /// <param name="channels">C', the filters.</param>
    /// <returns>(H + 2P − K + 1, W + 2P − K + 1, C').</returns>
    public ImageShape Convolved(int kernel, int padding, int channels) => new(Height + (2 * padding) - kernel + 1, Width + (2 * padding) - kernel + 1, channels);

    /// <summary>Gets the shape after pooling windows that don't overlap.</summary>
    /// <param name="window">S, the height and width of a window; divides H and W.</param>
    /// <returns>(H/S, W/S, C).</returns>
    public ImageShape Pooled(int window) => new(Height / window, Width / window, Channels);

    /// <inheritdoc/>
    public override string ToString() => $"{Height} × {Width} × {Channels}";
}
