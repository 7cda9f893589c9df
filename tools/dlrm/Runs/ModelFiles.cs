using Dlrm.Checkpoints;
using Dlrm.CommandLine.Hosting;
using Dlrm.Data;

namespace Dlrm.CommandLine.Runs;

/// <summary>The folder of a compact model: what the library stores, and beside it the dataset's schema and vocabulary, so that raw rows can be predicted.</summary>
internal static class ModelFiles
{
    /// <summary>Saves a model with what its ids mean.</summary>
    /// <param name="folder">The folder; replaced when it is there.</param>
    /// <param name="model">The model.</param>
    /// <param name="dataset">What it was trained on.</param>
    /// <param name="keepPosterior">Whether σ and λ are saved, for standard deviations of predictions.</param>
    internal static void Save(string folder, DlrmModel model, DatasetFolder dataset, bool keepPosterior)
    {
        CompactModel.Save(folder, model, dataset.Schema.Fingerprint, keepPosterior && model.Tensors.Count > 0);
        (dataset.Schema with { Train = [], Valid = [], Test = [] }).Write(folder);
        if (File.Exists(dataset.VocabularyPath))
        {
            File.Copy(dataset.VocabularyPath, Path.Combine(folder, DatasetFolder.VocabularyFileName), overwrite: true);
        }
    }

    /// <summary>Copies what ids mean from one model's folder to another's.</summary>
    /// <param name="source">The folder that has it.</param>
    /// <param name="target">The other folder.</param>
    internal static void CopyMeaning(string source, string target)
    {
        foreach (string name in (string[])[DatasetSchema.FileName, DatasetFolder.VocabularyFileName])
        {
            if (File.Exists(Path.Combine(source, name)))
            {
                File.Copy(Path.Combine(source, name), Path.Combine(target, name), overwrite: true);
            }
        }
    }

    /// <summary>Finds the folder whose schema and vocabulary say what ids mean.</summary>
    /// <param name="path">A dataset's or a model's folder, or the run folder that has a model.</param>
    /// <returns>The folder; <paramref name="path"/> when there is none.</returns>
    internal static string FindSchema(string path)
    {
        string model = Path.Combine(path, "model");
        return !File.Exists(Path.Combine(path, DatasetSchema.FileName)) && File.Exists(Path.Combine(model, DatasetSchema.FileName)) ? model : path;
    }

    /// <summary>Refuses a dataset that the model was not made for.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="dataset">The dataset.</param>
    /// <exception cref="DataFormatException">It has other features, tables or ids.</exception>
    internal static void RequireFit(string folder, DatasetFolder dataset)
    {
        CompactDescription description = CompactModel.Describe(folder);
        if (description.DatasetFingerprint.Length == 0 || description.DatasetFingerprint == dataset.Schema.Fingerprint)
        {
            return;
        }

        if (File.Exists(Path.Combine(folder, DatasetSchema.FileName)))
        {
            dataset.Schema.RequireSameMeaning(DatasetSchema.Read(folder));
        }

        throw new DataFormatException(
            $"{dataset.FullPath} has the fingerprint {dataset.Schema.Fingerprint[..12]}…, but the model {folder} was made for {description.DatasetFingerprint[..12]}…: convert the data with 'dlrm convert --like {folder}'.");
    }

    /// <summary>Gets the dataset of a run that is not named: that of the run's options.</summary>
    /// <param name="path">The model or run folder that the user named.</param>
    /// <param name="data">The dataset that the user named, or null.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="UsageException">None is named, and there is no run beside the model.</exception>
    internal static DatasetFolder OpenData(string path, string? data)
    {
        if (data is not null)
        {
            return DatasetFolder.Open(data);
        }

        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        foreach (string folder in (string[])[full, Path.GetDirectoryName(full) ?? full])
        {
            RunFolder run = new(folder);
            if (File.Exists(run.Options))
            {
                return RunFolder.OpenData(run.ReadOptions());
            }
        }

        throw new UsageException("Name the dataset with --data.");
    }
}
