using System.Diagnostics;
using System.Numerics.Tensors;

namespace Dlrm.Numerics.Cpu;

/// <content>What a convolution needs beside Gemm, and pooling: one image a piece, rows of channels by vectors.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public void Patches(Matrix images, ImageShape shape, int kernel, int padding, Matrix patches)
    {
        PatchesJob job = new() { Images = images, Patches = patches, Shape = shape, Kernel = kernel, Padding = padding, IsGradient = false };
        job.AssertShapes();
        _workers.Run(images.Rows, job);
    }

    /// <inheritdoc/>
    public void PatchesGradient(Matrix patchesGradient, ImageShape shape, int kernel, int padding, Matrix imagesGradient)
    {
        PatchesJob job = new() { Images = imagesGradient, Patches = patchesGradient, Shape = shape, Kernel = kernel, Padding = padding, IsGradient = true };
        job.AssertShapes();
        _workers.Run(imagesGradient.Rows, job);
    }

    /// <inheritdoc/>
    public void MaxPool(Matrix images, ImageShape shape, int window, Matrix output)
    {
        Debug.Assert(images.Columns == shape.Length && output.Columns == shape.Pooled(window).Length && output.Rows == images.Rows, "Shapes are checked by the layers.");
        _workers.Run(images.Rows, new MaxPoolJob { Images = images, Output = output, Shape = shape, Window = window });
    }

    /// <inheritdoc/>
    public void MaxPoolGradient(Matrix images, ImageShape shape, int window, Matrix output, Matrix outputGradient, Matrix imagesGradient)
    {
        Debug.Assert(images.Columns == shape.Length && imagesGradient.Columns == shape.Length && output.Columns == outputGradient.Columns, "Shapes are checked by the layers.");
        _workers.Run(
            images.Rows,
            new MaxPoolGradientJob { Images = images, Output = output, OutputGradient = outputGradient, Gradient = imagesGradient, Shape = shape, Window = window });
    }

    /// <summary>Copies the patches of one image, or adds their gradients to those of the image.</summary>
    private struct PatchesJob : IPieceJob
    {
        internal Matrix Images;
        internal Matrix Patches;
        internal ImageShape Shape;
        internal int Kernel;
        internal int Padding;
        internal bool IsGradient;

        public readonly void Run(int piece)
        {
            Span<float> image = Row(Images, piece);
            if (IsGradient)
            {
                image.Clear();
            }

            ImageShape positions = Shape.Convolved(Kernel, Padding, 1);
            for (int position = 0; position < positions.Pixels; position++)
            {
                (int y, int x) = Math.DivRem(position, positions.Width);

                // The columns of the filter that see the image, [first, end): a run of numbers in the image and in the patch.
                int first = Math.Max(0, Padding - x);
                int end = Math.Min(Kernel, Shape.Width + Padding - x);
                int start = (x + first - Padding) * Shape.Channels;
                int length = (end - first) * Shape.Channels;
                Span<float> patch = Row(Patches, (piece * positions.Pixels) + position);
                for (int i = 0; i < Kernel; i++)
                {
                    Span<float> line = patch.Slice(i * Kernel * Shape.Channels, Kernel * Shape.Channels);
                    int row = y + i - Padding;
                    bool isInside = row >= 0 && row < Shape.Height;
                    if (IsGradient)
                    {
                        if (isInside)
                        {
                            Span<float> sums = image.Slice((row * Shape.Width * Shape.Channels) + start, length);
                            TensorPrimitives.Add(sums, line.Slice(first * Shape.Channels, length), sums);
                        }

                        continue;
                    }

                    if (!isInside || length < line.Length)
                    {
                        line.Clear();
                    }

                    if (isInside)
                    {
                        image.Slice((row * Shape.Width * Shape.Channels) + start, length).CopyTo(line[(first * Shape.Channels)..]);
                    }
                }
            }
        }

        [Conditional("DEBUG")]
        internal readonly void AssertShapes()
        {
            ImageShape positions = Shape.Convolved(Kernel, Padding, 1);
            Debug.Assert(Padding >= 0 && Padding < Kernel && positions.Height > 0 && positions.Width > 0, "Filters fit.");
            Debug.Assert(Images.Columns == Shape.Length, "Images have the shape.");
            Debug.Assert(Patches.Rows == Images.Rows * positions.Pixels && Patches.Columns == Kernel * Kernel * Shape.Channels, "One row a position.");
        }
    }

    private struct MaxPoolJob : IPieceJob
    {
        internal Matrix Images;
        internal Matrix Output;
        internal ImageShape Shape;
        internal int Window;

        public readonly void Run(int piece)
        {
            Span<float> image = Row(Images, piece);
            Span<float> output = Row(Output, piece);
            ImageShape pooled = Shape.Pooled(Window);
            for (int pixel = 0; pixel < Shape.Pixels; pixel++)
            {
                (int y, int x) = Math.DivRem(pixel, Shape.Width);
                Span<float> largest = output.Slice((((y / Window) * pooled.Width) + (x / Window)) * Shape.Channels, Shape.Channels);
                ReadOnlySpan<float> channels = image.Slice(pixel * Shape.Channels, Shape.Channels);
                if (y % Window == 0 && x % Window == 0)
                {
                    channels.CopyTo(largest);
                }
                else
                {
                    TensorPrimitives.Max(largest, channels, largest);
                }
            }
        }
    }

    private struct MaxPoolGradientJob : IPieceJob
    {
        internal Matrix Images;
        internal Matrix Output;
        internal Matrix OutputGradient;
        internal Matrix Gradient;
        internal ImageShape Shape;
        internal int Window;

        public readonly void Run(int piece)
        {
            ReadOnlySpan<float> image = Row(Images, piece);
            ReadOnlySpan<float> output = Row(Output, piece);
            ReadOnlySpan<float> outputGradient = Row(OutputGradient, piece);
            Span<float> gradient = Row(Gradient, piece);
            gradient.Clear();
            ImageShape pooled = Shape.Pooled(Window);
            for (int o = 0; o < output.Length; o++)
            {
                (int window, int channel) = Math.DivRem(o, Shape.Channels);
                (int y, int x) = Math.DivRem(window, pooled.Width);
                int corner = (((y * Window * Shape.Width) + (x * Window)) * Shape.Channels) + channel;
                for (int entry = 0; entry < Window * Window; entry++)
                {
                    (int i, int j) = Math.DivRem(entry, Window);
                    int at = corner + (((i * Shape.Width) + j) * Shape.Channels);
                    if (image[at] == output[o])
                    {
                        gradient[at] = outputGradient[o];
                        break;
                    }
                }
            }
        }
    }
}
