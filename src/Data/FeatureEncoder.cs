using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Turns raw rows into samples; conversion and prediction share it, so that they can't differ.</summary>
internal sealed class FeatureEncoder
{
    private readonly DatasetSchema _schema;
    private readonly VocabularyIndex[]? _tables;

    /// <summary>Initializes a new instance of the <see cref="FeatureEncoder"/> class.</summary>
    /// <param name="schema">Features, transform, encoding.</param>
    /// <param name="vocabulary">The vocabulary, when ids come from one.</param>
    internal FeatureEncoder(DatasetSchema schema, Vocabulary? vocabulary)
    {
        _schema = schema;
        _tables = vocabulary?.Tables;
        DenseMissing = new long[schema.Dense.Count];
        DenseNegative = new long[schema.Dense.Count];
        SparseMissing = new long[schema.Sparse.Count];
        SparseRare = new long[schema.Sparse.Count];
    }

    /// <summary>Gets the rows seen without a label.</summary>
    internal long LabelMissing { get; private set; }

    /// <summary>Gets the missing values seen, by dense feature.</summary>
    internal long[] DenseMissing { get; }

    /// <summary>Gets the negative values seen, by dense feature.</summary>
    internal long[] DenseNegative { get; }

    /// <summary>Gets the missing values seen, by sparse feature.</summary>
    internal long[] SparseMissing { get; }

    /// <summary>Gets the rare or unknown values seen, by sparse feature.</summary>
    internal long[] SparseRare { get; }

    /// <summary>Appends rows of a chunk to a batch.</summary>
    /// <param name="reader">The chunk, with the columns of <see cref="RawFile.Query"/>.</param>
    /// <param name="rows">The rows within the chunk.</param>
    /// <param name="batch">The batch; grows.</param>
    /// <param name="at">The samples that the batch has.</param>
    /// <param name="place">The file, and the row within it of the chunk's row 0; for messages.</param>
    /// <exception cref="DataFormatException">A dense value is NaN, infinite, or too large for a float.</exception>
    internal void Append(DuckDbReader reader, ReadOnlySpan<int> rows, Batch batch, int at, RowPlace place)
    {
        batch.Resize(at + rows.Length);
        Span<float> labels = batch.Labels[at..];
        ReadOnlySpan<float> values = reader.Column<float>(0);
        ReadOnlySpan<ulong> validity = reader.Validity(0);
        for (int i = 0; i < rows.Length; i++)
        {
            bool isMissing = IsNull(validity, rows[i]);
            LabelMissing += isMissing ? 1 : 0;
            labels[i] = isMissing ? 0 : values[rows[i]];
        }

        int features = _schema.Dense.Count;
        for (int d = 0; d < features; d++)
        {
            AppendDense(reader, d, rows, batch.Dense[((at * features) + d)..], place);
        }

        for (int f = 0; f < _schema.Sparse.Count; f++)
        {
            JaggedIndices bags = batch.Sparse[f];
            bags.Resize(at + rows.Length, at + rows.Length, isWeighted: false);
            bags.Offsets[0] = 0;
            AppendIds(reader, f, rows, bags.Indices[at..], place);
            Span<int> offsets = bags.Offsets[(at + 1)..];
            for (int i = 0; i < offsets.Length; i++)
            {
                offsets[i] = at + 1 + i;
            }
        }
    }

    /// <summary>Transforms a dense value as the schema says.</summary>
    /// <param name="value">The value.</param>
    /// <returns>What the model is fed; null when the value is not finite or too large.</returns>
    internal float? Transformed(double value)
    {
        float transformed = (float)(_schema.Transform == DenseTransform.Log1P ? Math.Log(1 + Math.Max(value, 0)) : value);
        return float.IsFinite(transformed) && double.IsFinite(value) ? transformed : null;
    }

    /// <summary>Gets the id of a value.</summary>
    /// <param name="f">The sparse feature.</param>
    /// <param name="isMissing">Whether there is no value.</param>
    /// <param name="value">The value, UTF-8.</param>
    /// <returns>The id; null when the schema's ids are the values themselves and this is none.</returns>
    internal long? IdOf(int f, bool isMissing, ReadOnlySpan<byte> value)
    {
        long rows = _schema.Sparse[f].Rows;
        if (_schema.Ids.Kind == IdEncodingKind.Given)
        {
            return Utf8Parser.TryParse(value, out long given, out int used) && used == value.Length && (ulong)given < (ulong)rows ? given : null;
        }

        VocabularyIndex? table = _tables?[f];
        if (isMissing)
        {
            SparseMissing[f]++;
            return table is null ? 0 : VocabularyIndex.Missing;
        }

        if (table is null)
        {
            return 1 + (long)(XxHash64.Hash(value, _schema.Ids.Seed) % ((ulong)rows - 1));
        }

        int id = table.Find(value);
        SparseRare[f] += id == VocabularyIndex.Rare ? 1 : 0;
        return id;
    }

    /// <summary>Says why a value is no id.</summary>
    /// <param name="f">The sparse feature.</param>
    /// <param name="value">The value, UTF-8.</param>
    /// <returns>The rest of a sentence.</returns>
    internal string NoId(int f, ReadOnlySpan<byte> value) =>
        $"the value is '{Encoding.UTF8.GetString(value)}'; the dataset has no vocabulary, so ids 0 to {_schema.Sparse[f].Rows - 1} are expected.";

    private static bool IsNull(ReadOnlySpan<ulong> validity, int row) => !validity.IsEmpty && (validity[row >> 6] & (1UL << (row & 63))) == 0;

    private void AppendDense(DuckDbReader reader, int d, ReadOnlySpan<int> rows, Span<float> to, RowPlace place)
    {
        ReadOnlySpan<double> values = reader.Column<double>(1 + d);
        ReadOnlySpan<ulong> validity = reader.Validity(1 + d);
        int stride = _schema.Dense.Count;
        for (int i = 0; i < rows.Length; i++)
        {
            int row = rows[i];
            if (IsNull(validity, row))
            {
                DenseMissing[d]++;
                to[i * stride] = 0;
                continue;
            }

            double value = values[row];
            to[i * stride] = Transformed(value) ?? throw (place with { Row = place.Row + row }).Problem(
                _schema.Dense[d], $"the value is {value.ToString("R", CultureInfo.InvariantCulture)}; a finite number is expected (or name the text that means a missing value).");
            DenseNegative[d] += value < 0 ? 1 : 0;
        }
    }

    private void AppendIds(DuckDbReader reader, int f, ReadOnlySpan<int> rows, Span<long> to, RowPlace place)
    {
        ReadOnlySpan<StringValue> values = reader.Column<StringValue>(1 + _schema.Dense.Count + f);
        ReadOnlySpan<ulong> validity = reader.Validity(1 + _schema.Dense.Count + f);
        for (int i = 0; i < rows.Length; i++)
        {
            int row = rows[i];
            bool isMissing = IsNull(validity, row);
            ReadOnlySpan<byte> value = isMissing ? default : StringValue.Bytes(in values[row]);
            to[i] = IdOf(f, isMissing, value) ?? throw (place with { Row = place.Row + row }).Problem(_schema.Sparse[f].Name, NoId(f, value));
        }
    }
}
