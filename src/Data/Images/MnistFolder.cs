namespace Dlrm.Data.Images;

/// <summary>A folder with the four files of MNIST, or of another set in its form.</summary>
/// <remarks>Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proceedings of the IEEE, 1998.</remarks>
/// <param name="Training">The training images.</param>
/// <param name="Test">The test images, of the same size.</param>
public sealed record MnistFolder(LabelledImages Training, LabelledImages Test)
{
    /// <summary>The training images of the whole of MNIST.</summary>
    public const int WholeTraining = 60_000;

    /// <summary>The digits 0 to 9.</summary>
    public const int Classes = 10;

    /// <summary>Reads the folder.</summary>
    /// <param name="path">The folder; each file may be plain or end in .gz.</param>
    /// <returns>Both sets.</returns>
    /// <exception cref="DataFormatException">The folder or a file is missing or damaged, or the two sets have other sizes of images.</exception>
    public static MnistFolder Read(string path)
    {
        string[] names = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
        string[] missing = [.. names.Where(name => !File.Exists(Path.Combine(path, name)) && !File.Exists(Path.Combine(path, name + ".gz")))];
        if (missing.Length > 0)
        {
            throw new DataFormatException(Directory.Exists(path)
                ? $"The folder '{path}' lacks {string.Join(", ", missing)} (plain or .gz): put the files of MNIST there."
                : $"There is no folder '{path}': it must hold the files of MNIST, {string.Join(", ", names)} (plain or .gz).");
        }

        string[] files = [.. names.Select(name => Path.Combine(path, name)).Select(file => File.Exists(file) ? file : file + ".gz")];
        MnistFolder folder = new(LabelledImages.Read(files[0], files[1], Classes), LabelledImages.Read(files[2], files[3], Classes));
        return folder.Training.PixelsPerImage == folder.Test.PixelsPerImage
            ? folder
            : throw new DataFormatException($"{files[0]} has images of {folder.Training.PixelsPerImage} pixels but {files[2]} of {folder.Test.PixelsPerImage}; they are not of the same set.");
    }
}
