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
            float transformed = (float)(_schema.Transform == DenseTransform.Log1P ? Math.Log(1 + Math.Max(value, 0)) : value);
            if (!float.IsFinite(transformed) || !double.IsFinite(value))
            {
                throw (place with { Row = place.Row + row }).Problem(
                    _schema.Dense[d], $"the value is {value.ToString("R", CultureInfo.InvariantCulture)}; a finite number is expected (or name the text that means a missing value).");
            }

            DenseNegative[d] += value < 0 ? 1 : 0;
            to[i * stride] = transformed;
        }
    }

    private void AppendIds(DuckDbReader reader, int f, ReadOnlySpan<int> rows, Span<long> to, RowPlace place)
    {
        ReadOnlySpan<StringValue> values = reader.Column<StringValue>(1 + _schema.Dense.Count + f);
        ReadOnlySpan<ulong> validity = reader.Validity(1 + _schema.Dense.Count + f);
        VocabularyIndex? table = _tables?[f];
        ulong range = (ulong)_schema.Sparse[f].Rows - 1;
        for (int i = 0; i < rows.Length; i++)
        {
            int row = rows[i];
            if (_schema.Ids.Kind == IdEncodingKind.Given)
            {
                to[i] = ParseId(f, IsNull(validity, row) ? default : StringValue.Bytes(in values[row]), place with { Row = place.Row + row });
            }
            else if (IsNull(validity, row))
            {
                SparseMissing[f]++;
                to[i] = table is null ? 0 : VocabularyIndex.Missing;
            }
            else if (table is null)
            {
                to[i] = 1 + (long)(XxHash64.Hash(StringValue.Bytes(in values[row]), _schema.Ids.Seed) % range);
            }
            else
            {
                int id = table.Find(StringValue.Bytes(in values[row]));
                SparseRare[f] += id == VocabularyIndex.Rare ? 1 : 0;
                to[i] = id;
            }
        }
    }

    private long ParseId(int f, ReadOnlySpan<byte> value, RowPlace place)
    {
        SparseFeature feature = _schema.Sparse[f];
        return Utf8Parser.TryParse(value, out long id, out int used) && used == value.Length && (ulong)id < (ulong)feature.Rows
            ? id
            : throw place.Problem(feature.Name, $"the value is '{Encoding.UTF8.GetString(value)}'; the dataset has no vocabulary, so ids 0 to {feature.Rows - 1} are expected.");
    }
}
