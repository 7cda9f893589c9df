namespace Dlrm.Numerics.Tests.Parity;

/// <summary>What any device's patches and pooling must compute; a device's tests derive from this class.</summary>
public abstract class ImagesParityTests : IDisposable
{
    private readonly IDevice _device;

    /// <summary>Initializes a new instance of the <see cref="ImagesParityTests"/> class.</summary>
    protected ImagesParityTests(IDevice device) => _device = device;

    /// <summary>Gets samples, height, width, channels, filters' size and padding.</summary>
    public static TheoryData<int, int, int, int, int, int> Convolutions => new()
    {
        { 0, 4, 4, 1, 3, 1 },
        { 1, 1, 1, 1, 1, 0 },
        { 1, 3, 5, 2, 3, 0 },
        { 2, 5, 3, 3, 3, 1 },
        { 3, 4, 6, 1, 5, 2 },
        { 2, 2, 2, 4, 5, 4 },
        { 5, 9, 7, 17, 3, 1 },
    };

    /// <summary>Gets samples, height, width, channels and the window.</summary>
    public static TheoryData<int, int, int, int, int> Pools => new()
    {
        { 0, 2, 2, 1, 2 },
        { 1, 2, 2, 1, 2 },
        { 2, 4, 6, 3, 2 },
        { 3, 6, 3, 17, 3 },
        { 2, 3, 5, 4, 1 },
    };

    public void Dispose()
    {
        _device.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Patches_AnyShape_AreWhatTheFiltersSee(int samples, int height, int width, int channels, int kernel, int padding)
    {
        ImageShape shape = new(height, width, channels);
        float[,] images = Numbers.Random(samples, shape.Length, kernel);
        using GuardedMatrix x = new(_device, images);
        using GuardedMatrix p = new(_device, new float[samples * shape.Convolved(kernel, padding, 1).Pixels, kernel * kernel * channels]);

        _device.Patches(x.View, shape, kernel, padding, p.View);

        float[,] patches = p.Read();
        ForEachEntry(samples, shape, kernel, padding, (row, column, sample, at) => Assert.Equal(at < 0 ? 0 : images[sample, at], patches[row, column]));
    }

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void PatchesGradient_AnyShape_IsTheTransposeWithinTheErrorBound(int samples, int height, int width, int channels, int kernel, int padding)
    {
        ImageShape shape = new(height, width, channels);
        float[,] gradients = Numbers.Random(samples * shape.Convolved(kernel, padding, 1).Pixels, kernel * kernel * channels, padding + 3);
        using GuardedMatrix p = new(_device, gradients);
        using GuardedMatrix x = new(_device, Numbers.Random(samples, shape.Length, 1));

        _device.PatchesGradient(p.View, shape, kernel, padding, x.View);

        double[,] expected = new double[samples, shape.Length];
        double[,] magnitudes = new double[samples, shape.Length];
        ForEachEntry(samples, shape, kernel, padding, (row, column, sample, at) =>
        {
            if (at >= 0)
            {
                expected[sample, at] += gradients[row, column];
                magnitudes[sample, at] += Math.Abs(gradients[row, column]);
            }
        });
        Numbers.AssertClose(expected, x.Read(), magnitudes, Numbers.Gamma(kernel * kernel));
    }

    [Theory]
    [MemberData(nameof(Pools))]
    public void MaxPool_AnyShape_IsTheDefinitionAndItsGradientGoesToTheFirstLargest(int samples, int height, int width, int channels, int window)
    {
        ImageShape shape = new(height, width, channels);
        ImageShape pooled = shape.Pooled(window);
        float[,] images = Numbers.Random(samples, shape.Length, window);
        float[,] gradients = Numbers.Random(samples, pooled.Length, 9);
        for (int at = 0; at < images.Length; at++)
        {
            // Few values, so that ties are common.
            images[at / shape.Length, at % shape.Length] = MathF.Round(2 * images[at / shape.Length, at % shape.Length]);
        }

        using GuardedMatrix x = new(_device, images);
        using GuardedMatrix z = new(_device, new float[samples, pooled.Length]);
        using GuardedMatrix dz = new(_device, gradients);
        using GuardedMatrix dx = new(_device, Numbers.Random(samples, shape.Length, 2));
        _device.MaxPool(x.View, shape, window, z.View);
        _device.MaxPoolGradient(x.View, shape, window, z.View, dz.View, dx.View);

        (float[,] output, float[,] actual) = (z.Read(), dx.Read());
        float[,] expected = new float[samples, shape.Length];
        for (int b = 0; b < samples; b++)
        {
            for (int o = 0; o < pooled.Length; o++)
            {
                int pixel = o / channels;
                int[] entries =
                [
                    .. Enumerable.Range(0, window * window)
                        .Select(e => ((((pixel / pooled.Width * window) + (e / window)) * width) + (pixel % pooled.Width * window) + (e % window)) * channels)
                        .Select(at => at + (o % channels)),
                ];
                int first = entries.MaxBy(at => images[b, at]);
                Assert.Equal(images[b, first], output[b, o]);
                expected[b, first] = gradients[b, o];
            }
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void MaxPool_NotANumber_IsSeenInTheOutput()
    {
        float[,] images = { { 1, float.NaN, 2, 3 } };
        using GuardedMatrix x = new(_device, images);
        using GuardedMatrix z = new(_device, new float[1, 1]);

        _device.MaxPool(x.View, new ImageShape(2, 2, 1), 2, z.View);

        Assert.True(float.IsNaN(z.Read()[0, 0]));
    }

    /// <summary>The definition: calls for each entry of the patches with its sample and its place in the image, −1 outside.</summary>
    private static void ForEachEntry(int samples, ImageShape shape, int kernel, int padding, Action<int, int, int, int> use)
    {
        ImageShape positions = shape.Convolved(kernel, padding, 1);
        for (int row = 0; row < samples * positions.Pixels; row++)
        {
            (int y, int x) = (row % positions.Pixels / positions.Width, row % positions.Width);
            for (int column = 0; column < kernel * kernel * shape.Channels; column++)
            {
                int c = column % shape.Channels;
                int imageY = y + (column / shape.Channels / kernel) - padding;
                int imageX = x + (column / shape.Channels % kernel) - padding;
                bool isInside = imageY >= 0 && imageY < shape.Height && imageX >= 0 && imageX < shape.Width;
                use(row, column, row / positions.Pixels, isInside ? (((imageY * shape.Width) + imageX) * shape.Channels) + c : -1);
            }
        }
    }
}
