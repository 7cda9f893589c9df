using System.Globalization;
using System.Text;
using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Turns rows of named text values into samples, as a dataset's schema says: the encoder of conversion, for rows that a program holds.</summary>
/// <remarks>A missing key, null and the empty text are missing values; a value that the vocabulary does not know has the id of rare values. One thread at a time may call it.</remarks>
public sealed class RowEncoder
{
    private readonly DatasetSchema _schema;
    private readonly FeatureEncoder _encoder;
    private readonly Dictionary<string, int> _features = new(StringComparer.Ordinal);

    /// <summary>Initializes a new instance of the <see cref="RowEncoder"/> class.</summary>
    /// <param name="schema">The schema of the dataset that the model was trained on.</param>
    /// <param name="vocabularyPath">The dataset's <c>vocabulary.parquet</c>; may be null when ids do not come from one.</param>
    /// <exception cref="DataFormatException">The vocabulary is not the schema's, or the schema has lists, which rows of values can't give.</exception>
    /// <exception cref="DllNotFoundException">Ids come from a vocabulary, and DuckDB's library is missing; the message has the command that installs it.</exception>
    public RowEncoder(DatasetSchema schema, string? vocabularyPath)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.Sparse.FirstOrDefault(static feature => feature.IsMultiHot) is { } list)
        {
            throw new DataFormatException($"Feature {list.Name} has lists of ids, which rows of values can't give: make the batch of ids yourself.");
        }

        Vocabulary? vocabulary = null;
        if (schema.Ids.Kind == IdEncodingKind.Vocabulary)
        {
            using DuckDbConnection connection = new(new DuckDbOptions());
            vocabulary = Vocabulary.ReadFor(connection, vocabularyPath ?? throw new DataFormatException("The schema's ids come from a vocabulary: name its vocabulary.parquet."), schema);
        }

        _schema = schema;
        _encoder = new FeatureEncoder(schema, vocabulary);
        foreach (string name in schema.Dense.Concat(schema.Sparse.Select(static feature => feature.Name)))
        {
            _features.Add(name, _features.Count);
        }
    }

    /// <summary>Encodes rows.</summary>
    /// <param name="rows">Values by the names of their features; numbers as invariant text. The label's name may be there and is passed over.</param>
    /// <returns>The samples, with labels 0.</returns>
    /// <exception cref="DataFormatException">A key is no feature, a dense value is no finite number, or an id is outside its table; the message has row, feature and value.</exception>
    public Batch Encode(IReadOnlyList<IReadOnlyDictionary<string, string?>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int dense = _schema.Dense.Count;
        Batch batch = new(dense, _schema.Sparse.Count);
        batch.Resize(rows.Count);
        batch.Labels.Clear();
        foreach (JaggedIndices bags in batch.Sparse)
        {
            bags.Resize(rows.Count, rows.Count, isWeighted: false);
            for (int b = 0; b <= rows.Count; b++)
            {
                bags.Offsets[b] = b;
            }
        }

        for (int b = 0; b < rows.Count; b++)
        {
            IReadOnlyDictionary<string, string?> row = rows[b];
            if (row.Keys.FirstOrDefault(key => !_features.ContainsKey(key) && key != _schema.Label) is string unknown)
            {
                throw new DataFormatException($"Row {b} has a value of '{unknown}', but the features are {string.Join(", ", _features.Keys)}.");
            }

            for (int d = 0; d < dense; d++)
            {
                batch.Dense[(b * dense) + d] = Dense(b, d, row.GetValueOrDefault(_schema.Dense[d]));
            }

            for (int f = 0; f < _schema.Sparse.Count; f++)
            {
                string? text = row.GetValueOrDefault(_schema.Sparse[f].Name);
                byte[] value = Encoding.UTF8.GetBytes(text ?? string.Empty);
                batch.Sparse[f].Indices[b] = _encoder.IdOf(f, string.IsNullOrEmpty(text), value)
                    ?? throw new DataFormatException($"Row {b}, feature {_schema.Sparse[f].Name}: {_encoder.NoId(f, value)}");
            }
        }

        return batch;
    }

    private float Dense(int row, int d, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && _encoder.Transformed(value) is float number
            ? number
            : throw new DataFormatException($"Row {row}, feature {_schema.Dense[d]}: the value is '{text}'; a finite number is expected.");
    }
}
