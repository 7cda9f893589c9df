using System.IO.Compression;

namespace Dlrm.Data.Images;

/// <summary>Reads the binary files of CIFAR-10, plain or compressed with gzip.</summary>
/// <remarks>
/// <code>records of 3073 bytes: label   32·32 of red   32·32 of green   32·32 of blue, rows from the top</code>
/// <para>Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.</para>
/// </remarks>
public static class CifarFile
{
    /// <summary>The height and width of an image.</summary>
    public const int Side = 32;

    /// <summary>Red, green and blue.</summary>
    public const int Channels = 3;

    private const int Plane = Side * Side;
    private const int Record = 1 + (Channels * Plane);

    /// <summary>Far above the 10,000 images of a file of the whole set.</summary>
    private const int MostRecords = 200_000;

    /// <summary>Reads files one after the other.</summary>
    /// <param name="paths">The files, at least one.</param>
    /// <param name="classes">C; every label must be below it.</param>
    /// <returns>The images; the three colours of a pixel stand together.</returns>
    /// <exception cref="DataFormatException">A file is missing or damaged, or a label is not a class.</exception>
    public static LabelledImages Read(IReadOnlyList<string> paths, int classes)
    {
        ArgumentNullException.ThrowIfNull(paths);
        List<byte> labels = [];
        using MemoryStream pixels = new();
        byte[] record = new byte[Record];
        byte[] image = new byte[Record - 1];
        foreach (string path in paths)
        {
            try
            {
                using Stream stream = Open(path);
                int length;
                while ((length = stream.ReadAtLeast(record, Record, throwOnEndOfStream: false)) == Record)
                {
                    if (record[0] >= classes)
                    {
                        throw new DataFormatException($"{path}: label {labels.Count} is {record[0]}; it must be in [0, {classes}): it is damaged, or no binary file of CIFAR-10.");
                    }

                    if (labels.Count == MostRecords)
                    {
                        throw new DataFormatException($"{path} goes on after {MostRecords} images; it is no binary file of CIFAR-10.");
                    }

                    for (int p = 0; p < image.Length; p++)
                    {
                        image[p] = record[1 + (p % Channels * Plane) + (p / Channels)];
                    }

                    labels.Add(record[0]);
                    pixels.Write(image);
                }

                if (length > 0)
                {
                    throw new DataFormatException($"{path} ends after {length} bytes of a record of {Record}; it is cut short, or no binary file of CIFAR-10: get it again.");
                }
            }
            catch (InvalidDataException exception)
            {
                throw new DataFormatException($"{path}: its gzip data are damaged ({exception.Message.TrimEnd('.')}); get the file again.", exception);
            }
        }

        return labels.Count > 0
            ? new LabelledImages(pixels.ToArray(), [.. labels])
            : throw new DataFormatException($"{string.Join(", ", paths)}: there is no image; get the files again.");
    }

    private static Stream Open(string path)
    {
        FileStream file = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
