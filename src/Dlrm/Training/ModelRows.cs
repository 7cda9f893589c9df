using Dlrm.Data;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Turns raw rows into batches of a saved model, by the schema and vocabulary that lie beside it.</summary>
/// <remarks>The vocabulary is read when the first rows come: models that are fed ids never need DuckDB.</remarks>
internal sealed class ModelRows
{
    private readonly string _folder;
    private readonly string _fingerprint;
    private RowEncoder? _encoder;

    /// <summary>Initializes a new instance of the <see cref="ModelRows"/> class.</summary>
    /// <param name="folder">The folder of the model.</param>
    /// <param name="fingerprint">The fingerprint of the dataset that the model was trained on.</param>
    internal ModelRows(string folder, string fingerprint)
    {
        _folder = folder;
        _fingerprint = fingerprint;
    }

    /// <summary>Encodes rows.</summary>
    /// <param name="rows">Values by the names of their features.</param>
    /// <returns>The samples.</returns>
    /// <exception cref="DataFormatException">There is no schema, the files don't belong to the model, or a row is not what it should be.</exception>
    internal Batch Encode(IReadOnlyList<IReadOnlyDictionary<string, string?>> rows)
    {
        _encoder ??= Open();
        return _encoder.Encode(rows);
    }

    private RowEncoder Open()
    {
        if (!File.Exists(Path.Combine(_folder, DatasetSchema.FileName)))
        {
            throw new DataFormatException($"{_folder} has no {DatasetSchema.FileName}, which says what raw values mean: predict from dense values and ids, or keep schema and vocabulary beside the model.");
        }

        DatasetSchema schema = DatasetSchema.Read(_folder);
        if (_fingerprint.Length > 0 && schema.Fingerprint != _fingerprint)
        {
            throw new DataFormatException($"{_folder} has a schema with the fingerprint {schema.Fingerprint[..12]}…, but its model was made for {_fingerprint[..12]}…: put the schema and vocabulary back that it was saved with.");
        }

        string vocabulary = Path.Combine(_folder, DatasetFolder.VocabularyFileName);
        return new RowEncoder(schema, File.Exists(vocabulary) ? vocabulary : null);
    }
}
