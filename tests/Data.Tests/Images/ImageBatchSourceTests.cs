using Dlrm.Data.Images;

namespace Dlrm.Data.Tests.Images;

/// <summary>Tests of batches of images.</summary>
public sealed class ImageBatchSourceTests
{
    private const int Count = 23;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(23)]
    [InlineData(100)]
    public void TryRead_ShuffledEpoch_GivesEachImageOnceWithItsLabel(int batchSize)
    {
        ImageBatchSource source = new(Images(), batchSize, seed: 3);
        List<int> first = Read(source, batchSize);
        source.Start(1);
        List<int> second = Read(source, batchSize);
        source.Start(0);

        Assert.Equal(Enumerable.Range(0, Count), first.Order());
        Assert.Equal(Enumerable.Range(0, Count), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(first, Read(source, batchSize));
        Assert.NotEqual(first, Read(new ImageBatchSource(Images(), batchSize, seed: 4), batchSize));
        Assert.Equal(first, Read(new ImageBatchSource(Images(), 7, seed: 3), 7));
    }

    [Fact]
    public void TryRead_WithoutSeed_KeepsTheOrder() => Assert.Equal(Enumerable.Range(0, Count), Read(new ImageBatchSource(Images(), 4, seed: null), 4));

    [Fact]
    public void TryRead_AnyPixel_IsDividedBy255()
    {
        ImageBatchSource source = new(new LabelledImages([0, 51, 255, 1], [3, 4]), 2, seed: null);

        Assert.True(source.TryRead());

        Assert.Equal([0f, 0.2f, 1f, 1f / 255], source.Inputs.ToArray());
        Assert.Equal([3, 4], source.Labels.ToArray());
    }

    [Fact]
    public void LabelledImages_PixelsThatAreNoMultiple_AreRefused() =>
        Assert.Contains("7 pixels can't be cut into 2 images", Assert.Throws<ArgumentException>(() => new LabelledImages(new byte[7], new byte[2])).Message, StringComparison.Ordinal);

    /// <summary>Image n has the pixels n and n + 100, and the label n % 10.</summary>
    private static LabelledImages Images() => new(
        [.. Enumerable.Range(0, Count).SelectMany(n => (byte[])[(byte)n, (byte)(n + 100)])], [.. Enumerable.Range(0, Count).Select(n => (byte)(n % 10))]);

    private static List<int> Read(ImageBatchSource source, int batchSize)
    {
        List<int> images = [];
        while (source.TryRead())
        {
            Assert.Equal(Math.Min(batchSize, Count - images.Count), source.Labels.Length);
            for (int b = 0; b < source.Labels.Length; b++)
            {
                int n = (int)Math.Round(255 * source.Inputs[2 * b]);
                Assert.Equal((n + 100) / 255f, source.Inputs[(2 * b) + 1]);
                Assert.Equal(n % 10, source.Labels[b]);
                images.Add(n);
            }
        }

        return images;
    }
}
