using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dlrm.Data;

/// <summary>Says what a dataset's columns are; stands as <c>schema.json</c> in its folder.</summary>
public sealed record DatasetSchema
{
    /// <summary>The name of the file within a dataset's folder.</summary>
    public const string FileName = "schema.json";

    /// <summary>The version of the layout that this code writes, and the newest that it reads.</summary>
    public const int CurrentVersion = 1;

    private const string FormatName = "dlrm-dataset";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Gets the format's name, always <c>dlrm-dataset</c>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Gets the version of the layout.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Gets the column of the label.</summary>
    public string Label { get; init; } = "label";

    /// <summary>Gets how labels are stored.</summary>
    public LabelKind LabelKind { get; init; } = LabelKind.Binary;

    /// <summary>Gets the columns of the dense features.</summary>
    public required IReadOnlyList<string> Dense { get; init; }

    /// <summary>Gets what was done to the dense features.</summary>
    public DenseTransform Transform { get; init; } = DenseTransform.None;

    /// <summary>Gets the sparse features.</summary>
    public required IReadOnlyList<SparseFeature> Sparse { get; init; }

    /// <summary>Gets how values became ids.</summary>
    public IdEncoding Ids { get; init; } = new();

    /// <summary>Gets the training files in order.</summary>
    public IReadOnlyList<DatasetFile> Train { get; init; } = [];

    /// <summary>Gets the validation files in order.</summary>
    public IReadOnlyList<DatasetFile> Valid { get; init; } = [];

    /// <summary>Gets the test files in order.</summary>
    public IReadOnlyList<DatasetFile> Test { get; init; } = [];

    /// <summary>Gets the identity of what the columns mean, <see cref="ComputeFingerprint"/> of this schema; checked when it is read.</summary>
    public string Fingerprint { get; init; } = string.Empty;

    /// <summary>Gets the files of a split.</summary>
    /// <param name="split">The split.</param>
    /// <returns>The files in order.</returns>
    public IReadOnlyList<DatasetFile> Files(DatasetSplit split) => split switch
    {
        DatasetSplit.Train => Train,
        DatasetSplit.Valid => Valid,
        _ => Test,
    };

    /// <summary>Gets the rows of a split.</summary>
    /// <param name="split">The split.</param>
    /// <returns>The sum over its files.</returns>
    public long Rows(DatasetSplit split) => Files(split).Sum(static file => file.Rows);

    /// <summary>Computes the identity of what the columns mean: SHA-256 over features, tables' rows, transform and encoding, without files and counts.</summary>
    /// <remarks>Two datasets with equal fingerprints may feed the same model: day 2 converted with day 1's vocabulary has day 1's fingerprint.</remarks>
    /// <returns>64 hexadecimal digits.</returns>
    public string ComputeFingerprint()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{FormatName}\n{Transform}\n{Ids.Kind} {Ids.Seed} {Ids.VocabularySha256}\n");
        foreach (string name in Dense)
        {
            text.Append(CultureInfo.InvariantCulture, $"dense {name}\n");
        }

        foreach (SparseFeature feature in Sparse)
        {
            text.Append(CultureInfo.InvariantCulture, $"sparse {feature.Name} {feature.Rows} {feature.IsMultiHot} {feature.IsWeighted}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Checks that this dataset means the same as another, for example the one that a model was trained on.</summary>
    /// <param name="expected">The other.</param>
    /// <exception cref="DataFormatException">It does not; the message names the first difference and both sides.</exception>
    public void RequireSameMeaning(DatasetSchema expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        string? difference = null;
        if (!Dense.SequenceEqual(expected.Dense))
        {
            difference = $"its dense features are [{string.Join(", ", Dense)}], but [{string.Join(", ", expected.Dense)}] are expected";
        }
        else if (!Sparse.Select(static f => f.Name).SequenceEqual(expected.Sparse.Select(static f => f.Name)))
        {
            difference = $"its sparse features are [{string.Join(", ", Sparse.Select(static f => f.Name))}], but [{string.Join(", ", expected.Sparse.Select(static f => f.Name))}] are expected";
        }
        else if (Sparse.Zip(expected.Sparse).FirstOrDefault(static p => p.First != p.Second) is { First: not null } pair)
        {
            difference = $"its table {pair.First.Name} has {pair.First.Rows} rows{Kind(pair.First)}, but {pair.Second.Rows} rows{Kind(pair.Second)} are expected";
        }
        else if (Transform != expected.Transform)
        {
            difference = $"its dense transform is {Transform}, but {expected.Transform} is expected";
        }
        else if (ComputeFingerprint() != expected.ComputeFingerprint())
        {
            difference = $"its ids come from another {(Ids.Kind == expected.Ids.Kind ? Ids.Kind.ToString() : $"encoding ({Ids.Kind}, not {expected.Ids.Kind})")} (fingerprints {ComputeFingerprint()[..12]}… and {expected.ComputeFingerprint()[..12]}…)";
        }

        if (difference is not null)
        {
            throw new DataFormatException($"The dataset does not fit: {difference}. Convert the data with the vocabulary of the expected dataset.");
        }
    }

    /// <summary>Reads and checks <c>schema.json</c> of a dataset's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The schema.</returns>
    /// <exception cref="DataFormatException">There is none, or it is not one of ours; the message has the path.</exception>
    public static DatasetSchema Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{folder} is not a dataset: it has no {FileName}. Make one with 'dlrm convert' or 'dlrm generate'.");
        }

        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (JsonException exception)
        {
            throw new DataFormatException($"{path} is no dataset schema: {exception.Message}", exception);
        }
    }

    /// <summary>Reads and checks a schema's JSON text, for example the copy that a model carries.</summary>
    /// <param name="json">The text.</param>
    /// <param name="path">Where it comes from, for messages.</param>
    /// <returns>The schema.</returns>
    /// <exception cref="DataFormatException">It is not one of ours.</exception>
    /// <exception cref="JsonException">It is not JSON of the right form.</exception>
    public static DatasetSchema Parse(string json, string path)
    {
        DatasetSchema schema = JsonSerializer.Deserialize<DatasetSchema>(json, Json) ?? throw new DataFormatException($"{path} is empty.");
        if (schema.Format != FormatName)
        {
            throw new DataFormatException($"{path} has the format '{schema.Format}', not '{FormatName}'.");
        }

        if (schema.Version is < 1 or > CurrentVersion)
        {
            throw new DataFormatException($"{path} has version {schema.Version}; this program reads versions 1 to {CurrentVersion}: use a newer program.");
        }

        schema.CheckFields(path);
        string computed = schema.ComputeFingerprint();
        return schema.Fingerprint == computed
            ? schema
            : throw new DataFormatException($"{path} was changed: its fingerprint is '{schema.Fingerprint}', but its features give '{computed}'.");
    }

    /// <summary>Gives the JSON text, with the fingerprint.</summary>
    /// <returns>The text.</returns>
    public string ToJson() => JsonSerializer.Serialize(this with { Fingerprint = ComputeFingerprint() }, Json) + "\n";

    /// <summary>Writes <c>schema.json</c> so that it is whole or absent, whatever happens meanwhile.</summary>
    /// <param name="folder">The dataset's folder.</param>
    public void Write(string folder)
    {
        string path = Path.Combine(folder, FileName);
        string partial = path + ".partial";
        using (FileStream stream = new(partial, FileMode.Create, FileAccess.Write))
        {
            stream.Write(Encoding.UTF8.GetBytes(ToJson()));
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
    }

    private static string Kind(SparseFeature feature) => (feature.IsMultiHot, feature.IsWeighted) switch
    {
        (true, true) => " (weighted lists)",
        (true, false) => " (lists)",
        _ => string.Empty,
    };

    private void CheckFields(string path)
    {
        foreach (SparseFeature feature in Sparse)
        {
            if (feature.Rows is < 1 or > int.MaxValue)
            {
                throw new DataFormatException($"{path}: table {feature.Name} has {feature.Rows} rows; 1 to {int.MaxValue} are possible.");
            }

            if (feature.IsWeighted && !feature.IsMultiHot)
            {
                throw new DataFormatException($"{path}: table {feature.Name} has weights but one id a sample; weights need lists.");
            }
        }

        string[] columns = [Label, .. Dense, .. Sparse.Select(static f => f.Name), .. Sparse.Where(static f => f.IsWeighted).Select(static f => f.WeightsColumn)];
        if (columns.GroupBy(static c => c, StringComparer.OrdinalIgnoreCase).FirstOrDefault(static g => g.Count() > 1) is { } twice)
        {
            throw new DataFormatException($"{path}: column {twice.Key} occurs twice.");
        }

        foreach (DatasetFile file in Train.Concat(Valid).Concat(Test))
        {
            // A schema may come from elsewhere: it must not make us read outside of its folder.
            if (file.Rows < 0 || Path.IsPathRooted(file.Name) || file.Name.Split('/', '\\').Contains(".."))
            {
                throw new DataFormatException($"{path}: file '{file.Name}' with {file.Rows} rows can't be part of a dataset.");
            }
        }
    }
}
