namespace Dlrm.Data.Images;

/// <summary>Images of one size with one class each, in memory.</summary>
/// <remarks>Image n is <c>Pixels[n · PixelsPerImage .. (n + 1) · PixelsPerImage)</c>, rows from the top, 0 to 255.</remarks>
public sealed class LabelledImages
{
    /// <summary>Initializes a new instance of the <see cref="LabelledImages"/> class.</summary>
    /// <param name="pixels">The pixels of all images.</param>
    /// <param name="labels">The class of each image, at least one.</param>
    /// <exception cref="ArgumentException">The pixels are no multiple of the labels, or there is no label.</exception>
    public LabelledImages(byte[] pixels, byte[] labels)
        : this((pixels ?? throw new ArgumentNullException(nameof(pixels))).AsMemory(), (labels ?? throw new ArgumentNullException(nameof(labels))).AsMemory())
    {
    }

    private LabelledImages(ReadOnlyMemory<byte> pixels, ReadOnlyMemory<byte> labels)
    {
        if (labels.Length == 0 || pixels.Length % labels.Length != 0 || pixels.Length == 0)
        {
            throw new ArgumentException($"{pixels.Length} pixels can't be cut into {labels.Length} images of one size.", nameof(pixels));
        }

        Pixels = pixels;
        Labels = labels;
    }

    /// <summary>Gets the pixels of all images.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }

    /// <summary>Gets the class of each image.</summary>
    public ReadOnlyMemory<byte> Labels { get; }

    /// <summary>Gets the number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Gets the pixels of one image.</summary>
    public int PixelsPerImage => Pixels.Length / Labels.Length;

    /// <summary>Views some of the images.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <returns>The images.</returns>
    public LabelledImages Slice(int first, int count) => new(Pixels.Slice(first * PixelsPerImage, count * PixelsPerImage), Labels.Slice(first, count));

    /// <summary>Reads images and labels from two IDX files, plain or compressed with gzip.</summary>
    /// <param name="imagePath">The file of images × rows × columns bytes.</param>
    /// <param name="labelPath">The file of one byte an image.</param>
    /// <param name="classes">C; every label must be below it.</param>
    /// <returns>The images.</returns>
    /// <exception cref="DataFormatException">A file is missing or damaged, the counts differ, or a label is not a class.</exception>
    public static LabelledImages Read(string imagePath, string labelPath, int classes)
    {
        IdxArray images = IdxFile.Read(imagePath, dimensions: 3);
        IdxArray labels = IdxFile.Read(labelPath, dimensions: 1);
        if (images.Sizes[0] != labels.Sizes[0])
        {
            throw new DataFormatException($"{imagePath} has {images.Sizes[0]} images but {labelPath} {labels.Sizes[0]} labels; they are not of the same set.");
        }

        int wrong = Array.FindIndex(labels.Values, label => label >= classes);
        if (wrong >= 0)
        {
            throw new DataFormatException($"{labelPath}: label {wrong} is {labels.Values[wrong]}; it must be in [0, {classes}).");
        }

        return new LabelledImages(images.Values, labels.Values);
    }
}
