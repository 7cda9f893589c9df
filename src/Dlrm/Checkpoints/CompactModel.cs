using System.Text.Json;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Saves and loads the compact model: a folder with the means, their description and, when asked for, the posterior.</summary>
/// <remarks>
/// <code>
/// model.safetensors      bottom.K.weight, bottom.K.bias, top.K.weight, top.K.bias, tables.FEATURE or tables.FEATURE.core.K of shape (I, R[k], J, R[k+1])
/// model.json             architecture, kinds, modes, TT ranks, dataset, interaction order, hashes
/// posterior.safetensors  tables.FEATURE.core.K.log_deviation = ln σ, tables.FEATURE.lambda.BOND; counted apart, optional
/// </code>
/// <para>Numbers are stored as <see cref="StorageOptions"/> say, rounded when they are written; see <see cref="StorageRounding"/>.</para>
/// <para>Written to a folder beside, flushed, renamed: the model that was there stays until the new one is whole.</para>
/// </remarks>
public static class CompactModel
{
    private const string DescriptionFile = "model.json";
    private const string MeansFile = "model.safetensors";
    private const string PosteriorFile = "posterior.safetensors";
    private const StateParts WithPosterior = StateParts.Values | StateParts.Posterior;

    /// <summary>Saves a model.</summary>
    /// <param name="folder">The folder; replaced when it is there.</param>
    /// <param name="model">The model.</param>
    /// <param name="datasetFingerprint">The fingerprint of its dataset, or empty.</param>
    /// <param name="keepPosterior">Whether σ and λ are saved beside, for standard deviations of predictions.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="CheckpointException">A parameter is not finite or too large for its storage type, or the disk is full or failing.</exception>
    public static CompactDescription Save(string folder, DlrmModel model, string datasetFingerprint, bool keepPosterior = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(datasetFingerprint);
        if (model.FirstNonFiniteParameter() is string name)
        {
            throw new CheckpointException(folder, name, "It has a number that is NaN or infinite; the model is not saved.", "Go on from the last checkpoint with a lower learning rate.");
        }

        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string temporary = target + ".tmp";
        string aside = target + ".old";
        DiskFiles files = new();
        try
        {
            Remove(files, temporary);
            files.CreateFolder(temporary);
            CompactDescription description = Write(files, temporary, model, datasetFingerprint, keepPosterior);
            files.FlushFolder(temporary);
            Remove(files, aside);
            if (Directory.Exists(target))
            {
                files.Move(target, aside);
            }

            files.Move(temporary, target);
            files.FlushFolder(Path.GetDirectoryName(target) ?? target);
            Remove(files, aside);
            return description;
        }
        catch (OverflowException exception)
        {
            throw new CheckpointException(folder, null, exception.Message, "Set model.storage to float32, or train with a lower learning rate.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(folder, null, "The model can't be written: " + exception.Message, "Make room or mend the disk, and save it again.", exception);
        }
    }

    /// <summary>Finds the folder of a model.</summary>
    /// <param name="path">That folder, or the run folder that has it.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="CheckpointException">There is none.</exception>
    public static string Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] candidates = [path, Path.Combine(path, "model")];
        return candidates.FirstOrDefault(static folder => File.Exists(Path.Combine(folder, DescriptionFile)))
            ?? throw new CheckpointException(path, null, $"There is no model: neither {DescriptionFile} nor model/{DescriptionFile} is there.", "Name a run folder whose training has ended, or its model folder.");
    }

    /// <summary>Reads the description of a model, without its numbers.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The description.</returns>
    /// <exception cref="CheckpointException">There is none, or it is malformed or of a newer version.</exception>
    public static CompactDescription Describe(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, DescriptionFile);
        try
        {
            byte[] json = File.ReadAllBytes(path);
            using (JsonDocument document = JsonDocument.Parse(json))
            {
                int version = document.RootElement.GetProperty("formatVersion").GetInt32();
                if (version != CompactDescription.CurrentVersion)
                {
                    throw new CheckpointException(
                        path, null, $"The model has format version {version}; this library reads version {CompactDescription.CurrentVersion}.", "Use the library's version that wrote it, or a newer one.");
                }
            }

            CompactDescription description = JsonSerializer.Deserialize(json, CompactContext.Default.CompactDescription)!;
            return description.Interaction == CompactDescription.LowerTriangle
                ? description
                : throw FileVerifier.Refuse(path, null, $"The interaction is '{CheckpointException.Printable(description.Interaction)}', not '{CompactDescription.LowerTriangle}'.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw FileVerifier.Refuse(path, null, "The description can't be read: " + exception.Message, exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw FileVerifier.Refuse(path, null, "The description is not the JSON that it should be: " + CheckpointException.Printable(exception.Message), exception);
        }
    }

    /// <summary>Loads a model for prediction.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the model will live.</param>
    /// <param name="withPosterior">Whether the posterior is loaded too.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">A file is missing, damaged, or not what the description says; or the posterior was not kept.</exception>
    public static DlrmModel Load(string folder, IDevice device, bool withPosterior = false)
    {
        CompactDescription description = Describe(folder);
        string descriptionPath = Path.Combine(folder, DescriptionFile);
        string meansPath = Verify(folder, description, MeansFile, "The model can't be used without it.");
        using SafetensorsReader means = new(meansPath);
        if (!description.Tables.All(static table => table.IsSound) || description.Layers?.All(static layer => layer.IsSound) == false || description.Elements() > means.Entries.Sum(static entry => entry.Type == "U8" ? 2 * entry.Elements : entry.Elements))
        {
            throw FileVerifier.Refuse(descriptionPath, null, $"The description of a table or layer is no table's or layer's, or it asks for more numbers than {MeansFile} has.");
        }

        IEnumerable<(string Name, IReadOnlyList<int>? Ranks)> tensors =
        [
            .. description.Tables.Where(static table => table.Kind == TableKind.LowRank).Select(static table => ($"tables.{table.Feature}.ranks", table.Ranks)),
            .. (description.Layers ?? []).Select(static layer => ($"{layer.Name}.weight.ranks", (IReadOnlyList<int>?)layer.Ranks)),
        ];
        foreach ((string name, IReadOnlyList<int>? ranks) in tensors)
        {
            if (ranks is null || !means.ReadIntegers(name).SequenceEqual(ranks.Select(static value => (long)value)))
            {
                throw FileVerifier.Refuse(meansPath, name, "The ranks are not those of the description.");
            }
        }

        DlrmModel? model = null;
        try
        {
            model = new DlrmModel(
                device,
                description.ToOptions(withPosterior),
                new ModelInputs(description.DenseFeatures, [.. description.Tables.Select(static table => table.Feature)], [.. description.Tables.Select(static table => table.Rows)]));
            if (withPosterior)
            {
                using SafetensorsReader posterior = new(Verify(folder, description, PosteriorFile, "Save the model with its posterior, or predict without standard deviations."));
                model.Load(new JoinedReader(new CodedReader(means), posterior), WithPosterior);
            }
            else
            {
                model.Load(new CodedReader(means), StateParts.Values);
            }

            return model;
        }
        catch (Exception exception)
        {
            model?.Dispose();
            if (exception is ArgumentException or OptionsException or InvalidDataException or OverflowException)
            {
                throw FileVerifier.Refuse(descriptionPath, null, "The description does not fit its tensors: " + exception.Message, exception);
            }

            throw;
        }
    }

    /// <summary>Writes the values of every parameter as they are stored.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="model">The model.</param>
    internal static void WriteMeans(ITensorFileWriter writer, DlrmModel model)
    {
        CodedWriter coded = new(writer);
        foreach (Parameter parameter in model.Parameters)
        {
            coded.Type = model.Options.Model.Storage.Of(parameter);
            parameter.Save(coded, StateParts.Values);
        }
    }

    private static CompactDescription Write(DiskFiles files, string folder, DlrmModel model, string datasetFingerprint, bool keepPosterior)
    {
        List<CheckpointFile> written = [CheckpointFile.Write(files, folder, MeansFile, writer => WriteMeans(writer, model))];
        if (keepPosterior)
        {
            HashSet<string> taken = [.. written[0].Tensors.Select(static tensor => tensor.Name)];
            written.Add(CheckpointFile.Write(files, folder, PosteriorFile, writer => model.Save(new RemainderWriter(writer, taken), WithPosterior)));
        }

        CompactDescription description = new()
        {
            FormatVersion = CompactDescription.CurrentVersion,
            LibraryVersion = typeof(CompactModel).Assembly.GetName().Version!.ToString(3),
            DatasetFingerprint = datasetFingerprint,
            Interaction = CompactDescription.LowerTriangle,
            EmbeddingDim = model.Options.Model.EmbeddingDim,
            DenseFeatures = model.Inputs.DenseFeatures,
            BottomMlp = model.Options.Model.BottomMlp.Sizes,
            TopMlp = model.Options.Model.TopMlp.Sizes,
            Layers = CompactLayer.Of(model),
            Inference = model.Options.RankPrior.Inference,
            StoredBytes = model.StoredBytes,
            Storage = model.Options.Model.Storage.IsExact ? null : model.Options.Model.Storage,
            Tables = [.. Enumerable.Range(0, model.Bags.Count).Select(table => CompactTable.Of(model, table))],
            Files = written,
        };
        using Stream stream = files.Create(Path.Combine(folder, DescriptionFile));
        JsonSerializer.Serialize(stream, description, CompactContext.Default.CompactDescription);
        files.Flush(stream);
        return description;
    }

    private static string Verify(string folder, CompactDescription description, string name, string wayOut)
    {
        string path = Path.Combine(folder, name);
        CheckpointFile file = description.Files.FirstOrDefault(file => file.Name == name)
            ?? throw new CheckpointException(path, null, $"{DescriptionFile} does not list it.", wayOut);
        FileVerifier.Verify(path, file);
        return path;
    }

    private static void Remove(DiskFiles files, string folder)
    {
        if (Directory.Exists(folder))
        {
            files.Delete(folder);
        }
    }
}
