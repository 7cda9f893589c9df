namespace Dlrm.Numerics;

/// <content>What a convolution needs beside Gemm, and pooling.</content>
public partial interface IDevice
{
    /// <summary>Lays out what each filter position sees as one row, so that a convolution is a Gemm (im2col).</summary>
    /// <remarks>
    /// <code>
    /// patches[(b·H' + y)·W' + x, (i·K + j)·C + c] = images[b, (y + i − P, x + j − P, c)], 0 outside of the image
    /// i, j in [0, K),  y in [0, H' = H + 2P − K + 1),  x in [0, W' = W + 2P − K + 1)
    /// </code>
    /// </remarks>
    /// <param name="images">(B, H·W·C).</param>
    /// <param name="shape">(H, W, C).</param>
    /// <param name="kernel">K.</param>
    /// <param name="padding">P, below K.</param>
    /// <param name="patches">Receives (B·H'·W', K·K·C).</param>
    void Patches(Matrix images, ImageShape shape, int kernel, int padding, Matrix patches);

    /// <summary>Computes the gradient of <see cref="Patches"/> with respect to the images (overwrites): every entry is added where it came from.</summary>
    /// <remarks><para>Order: positions ascending, then i, then j; the same bits for every number of threads.</para></remarks>
    /// <param name="patchesGradient">(B·H'·W', K·K·C).</param>
    /// <param name="shape">(H, W, C).</param>
    /// <param name="kernel">K.</param>
    /// <param name="padding">P, below K.</param>
    /// <param name="imagesGradient">Receives (B, H·W·C).</param>
    void PatchesGradient(Matrix patchesGradient, ImageShape shape, int kernel, int padding, Matrix imagesGradient);

    /// <summary>Takes the largest number of each channel in each window; windows don't overlap.</summary>
    /// <remarks><code>output[b, (y, x, c)] = max over i, j in [0, S) of images[b, (S·y + i, S·x + j, c)]; NaN when one is NaN</code></remarks>
    /// <param name="images">(B, H·W·C).</param>
    /// <param name="shape">(H, W, C).</param>
    /// <param name="window">S; divides H and W.</param>
    /// <param name="output">Receives (B, H/S · W/S · C).</param>
    void MaxPool(Matrix images, ImageShape shape, int window, Matrix output);

    /// <summary>Computes the gradient of <see cref="MaxPool"/> with respect to the images (overwrites): all of it goes to the first of the largest numbers.</summary>
    /// <param name="images">What <see cref="MaxPool"/> was given.</param>
    /// <param name="shape">(H, W, C).</param>
    /// <param name="window">S.</param>
    /// <param name="output">What <see cref="MaxPool"/> gave.</param>
    /// <param name="outputGradient">(B, H/S · W/S · C).</param>
    /// <param name="imagesGradient">Receives (B, H·W·C).</param>
    void MaxPoolGradient(Matrix images, ImageShape shape, int window, Matrix output, Matrix outputGradient, Matrix imagesGradient);
}
