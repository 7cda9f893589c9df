namespace Dlrm.Data;

/// <summary>A dataset on disk: <c>schema.json</c>, <c>vocabulary.parquet</c> (when ids come from one) and a folder of Parquet files for each split.</summary>
public sealed class DatasetFolder
{
    /// <summary>The name of the vocabulary's file: columns <c>feature</c>, <c>id</c>, <c>value</c>, <c>count</c>.</summary>
    public const string VocabularyFileName = "vocabulary.parquet";

    private DatasetFolder(string path, DatasetSchema schema)
    {
        FullPath = path;
        Schema = schema;
    }

    /// <summary>Gets the folder's full path.</summary>
    public string FullPath { get; }

    /// <summary>Gets what the columns are.</summary>
    public DatasetSchema Schema { get; }

    /// <summary>Gets the path of the vocabulary, whether it exists or not.</summary>
    public string VocabularyPath => Path.Combine(FullPath, VocabularyFileName);

    /// <summary>Opens a dataset and checks that its files are there.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DataFormatException">The schema is missing or wrong, or a file is missing.</exception>
    public static DatasetFolder Open(string path)
    {
        DatasetFolder folder = new(Path.GetFullPath(path), DatasetSchema.Read(path));
        foreach (DatasetSplit split in Enum.GetValues<DatasetSplit>())
        {
            foreach (DatasetFile file in folder.Files(split))
            {
                if (!File.Exists(file.Name))
                {
                    throw new DataFormatException($"{file.Name} is missing, though {DatasetSchema.FileName} counts {file.Rows} rows in it: copy the whole folder, or convert again.");
                }
            }
        }

        return folder.Schema.Ids.Kind == IdEncodingKind.Vocabulary && !File.Exists(folder.VocabularyPath)
            ? throw new DataFormatException($"{folder.VocabularyPath} is missing, though ids come from it: copy the whole folder, or convert again.")
            : folder;
    }

    /// <summary>Gets the files of a split with their full paths.</summary>
    /// <param name="split">The split.</param>
    /// <returns>The files in order.</returns>
    public IReadOnlyList<DatasetFile> Files(DatasetSplit split) =>
        [.. Schema.Files(split).Select(file => file with { Name = Path.Combine(FullPath, file.Name) })];
}
