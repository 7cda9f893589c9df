using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Patches and pooling.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void Patches(Matrix images, ImageShape shape, int kernel, int padding, Matrix patches)
    {
        long start = Start();
        inner.Patches(images, shape, kernel, padding, patches);
        Stop(start, nameof(Patches), 0, Size(images) + Size(patches));
    }

    /// <inheritdoc/>
    public void PatchesGradient(Matrix patchesGradient, ImageShape shape, int kernel, int padding, Matrix imagesGradient)
    {
        long start = Start();
        inner.PatchesGradient(patchesGradient, shape, kernel, padding, imagesGradient);
        Stop(start, nameof(PatchesGradient), Size(patchesGradient), Size(patchesGradient) + Size(imagesGradient));
    }

    /// <inheritdoc/>
    public void MaxPool(Matrix images, ImageShape shape, int window, Matrix output)
    {
        long start = Start();
        inner.MaxPool(images, shape, window, output);
        Stop(start, nameof(MaxPool), Size(images), Size(images) + Size(output));
    }

    /// <inheritdoc/>
    public void MaxPoolGradient(Matrix images, ImageShape shape, int window, Matrix output, Matrix outputGradient, Matrix imagesGradient)
    {
        long start = Start();
        inner.MaxPoolGradient(images, shape, window, output, outputGradient, imagesGradient);
        Stop(start, nameof(MaxPoolGradient), Size(images), (2 * Size(images)) + (2 * Size(output)));
    }
}
