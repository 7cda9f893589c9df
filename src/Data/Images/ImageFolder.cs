namespace Dlrm.Data.Images;

/// <summary>A folder with the files of MNIST or of CIFAR-10, or of another set in the form of one of them.</summary>
/// <remarks>
/// <code>
/// MNIST       train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte
/// CIFAR-10    data_batch*.bin for training, test_batch*.bin for the test                                           each plain or ending in .gz
/// </code>
/// <para>Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proceedings of the IEEE, 1998.</para>
/// </remarks>
/// <param name="Training">The training images.</param>
/// <param name="Test">The test images, of the same size.</param>
public sealed record ImageFolder(LabelledImages Training, LabelledImages Test)
{
    /// <summary>The training images of the whole of MNIST.</summary>
    public const int WholeTraining = 60_000;

    /// <summary>The digits 0 to 9 of MNIST; the ten things of CIFAR-10.</summary>
    public const int Classes = 10;

    /// <summary>Reads the folder.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>Both sets.</returns>
    /// <exception cref="DataFormatException">The folder or a file is missing or damaged, or the two sets have other sizes of images.</exception>
    public static ImageFolder Read(string path)
    {
        string[] batches = CifarFiles(path, "data_batch");
        if (batches.Length > 0)
        {
            string[] tests = CifarFiles(path, "test_batch");
            return tests.Length > 0
                ? new ImageFolder(CifarFile.Read(batches, Classes), CifarFile.Read(tests, Classes))
                : throw new DataFormatException($"The folder '{path}' has {Path.GetFileName(batches[0])} but no test_batch*.bin (plain or .gz): put the test images of CIFAR-10 there.");
        }

        string[] names = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
        string[] missing = [.. names.Where(name => !File.Exists(Path.Combine(path, name)) && !File.Exists(Path.Combine(path, name + ".gz")))];
        if (missing.Length > 0)
        {
            throw new DataFormatException(Directory.Exists(path)
                ? $"The folder '{path}' lacks {string.Join(", ", missing)} (plain or .gz): put the files of MNIST there."
                : $"There is no folder '{path}': it must hold the files of MNIST, {string.Join(", ", names)} (plain or .gz).");
        }

        string[] files = [.. names.Select(name => Path.Combine(path, name)).Select(file => File.Exists(file) ? file : file + ".gz")];
        ImageFolder folder = new(LabelledImages.Read(files[0], files[1], Classes), LabelledImages.Read(files[2], files[3], Classes));
        return folder.Training.PixelsPerImage == folder.Test.PixelsPerImage
            ? folder
            : throw new DataFormatException($"{files[0]} has images of {folder.Training.PixelsPerImage} pixels but {files[2]} of {folder.Test.PixelsPerImage}; they are not of the same set.");
    }

    /// <summary>Takes the last training images as test images: what to tune on without seeing the test.</summary>
    /// <param name="count">The images taken, at least 1 and fewer than there are.</param>
    /// <returns>Both sets.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public ImageFolder Split(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(count, Training.Count);
        return new ImageFolder(Training.Slice(0, Training.Count - count), Training.Slice(Training.Count - count, count));
    }

    private static string[] CifarFiles(string path, string start) =>
        Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, start + "*").Where(static file => file.EndsWith(".bin", StringComparison.Ordinal) || file.EndsWith(".bin.gz", StringComparison.Ordinal)).Order(StringComparer.Ordinal)] : [];
}
