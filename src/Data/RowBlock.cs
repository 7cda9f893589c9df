using System.Globalization;
using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Holds some thousand decoded rows by column, from which batches are gathered in any order; reused, so it allocates only while it grows.</summary>
internal sealed class RowBlock
{
    private readonly DatasetSchema _schema;
    private readonly BatchSourceOptions _options;
    private readonly int _denseCount;
    private readonly float[] _labels;
    private readonly float[] _dense;
    private readonly bool[] _isSkipped;
    private readonly int[][] _ids;
    private readonly int[][] _offsets;
    private readonly float[][] _weights;
    private readonly int[] _order;
    private readonly int[] _selection;
    private int _taken;

    /// <summary>Initializes a new instance of the <see cref="RowBlock"/> class.</summary>
    /// <param name="schema">The columns.</param>
    /// <param name="options">The policies.</param>
    /// <param name="capacity">The most rows.</param>
    internal RowBlock(DatasetSchema schema, BatchSourceOptions options, int capacity)
    {
        _schema = schema;
        _options = options;
        Capacity = capacity;
        _denseCount = schema.Dense.Count;
        _labels = new float[capacity];
        _dense = new float[capacity * _denseCount];
        _isSkipped = new bool[capacity];
        _order = new int[capacity];
        _selection = new int[capacity];
        _ids = new int[schema.Sparse.Count][];
        _offsets = new int[schema.Sparse.Count][];
        _weights = new float[schema.Sparse.Count][];
        for (int f = 0; f < _ids.Length; f++)
        {
            _ids[f] = new int[capacity];
            _offsets[f] = schema.Sparse[f].IsMultiHot ? new int[capacity + 1] : [];
            _weights[f] = schema.Sparse[f].IsWeighted ? new float[capacity] : [];
        }
    }

    /// <summary>Gets the most rows.</summary>
    internal int Capacity { get; }

    /// <summary>Gets the rows held.</summary>
    internal int Rows { get; private set; }

    /// <summary>Gets the rows not gathered yet.</summary>
    internal int Remaining => Rows - _taken;

    /// <summary>Forgets all rows.</summary>
    internal void Clear()
    {
        Rows = 0;
        _taken = 0;
    }

    /// <summary>Appends rows of a chunk whose columns stand in the order label, dense, sparse (each weighted one followed by its weights).</summary>
    /// <param name="reader">The chunk.</param>
    /// <param name="first">The first row within the chunk.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="fileRow">The row within the file of the chunk's row <paramref name="first"/>, for messages.</param>
    /// <exception cref="DataFormatException">A value is not what it should be.</exception>
    internal void Append(DuckDbReader reader, int first, int count, string path, long fileRow)
    {
        RowPlace place = new(path, fileRow);
        AppendLabels(reader, first, count, place);
        _isSkipped.AsSpan(Rows, count).Clear();
        for (int d = 0; d < _denseCount; d++)
        {
            AppendDense(reader, d, first, count, place);
        }

        int column = 1 + _denseCount;
        for (int f = 0; f < _ids.Length; f++)
        {
            SparseFeature feature = _schema.Sparse[f];
            if (feature.IsMultiHot)
            {
                AppendBags(reader, column, f, first, count, place);
            }
            else if (reader.TypeOf(column) == ColumnType.Integer)
            {
                AppendIds(reader.Column<int>(column), reader.Validity(column), f, first, count, place);
            }
            else
            {
                AppendIds(reader.Column<long>(column), reader.Validity(column), f, first, count, place);
            }

            column += feature.IsWeighted ? 2 : 1;
        }

        Rows += count;
    }

    /// <summary>Sets the order in which the rows are gathered.</summary>
    /// <param name="stream">The random numbers; null keeps the order.</param>
    internal void SetOrder(RandomStream? stream)
    {
        Span<int> order = _order.AsSpan(0, Rows);
        if (stream is { } seeded)
        {
            SeededOrder.Permute(order, seeded);
        }
        else
        {
            SeededOrder.Keep(order);
        }
    }

    /// <summary>Passes over rows that were given before.</summary>
    /// <param name="rows">Their number.</param>
    internal void Skip(int rows) => _taken += rows;

    /// <summary>Appends the next rows to a batch.</summary>
    /// <param name="batch">The batch; its labels and dense features have room for <paramref name="at"/> + <paramref name="wanted"/> samples.</param>
    /// <param name="at">The samples that it has.</param>
    /// <param name="wanted">The most samples to append.</param>
    /// <param name="skipped">Is increased by the rows left out by policy.</param>
    /// <returns>The samples appended.</returns>
    internal int Gather(Batch batch, int at, int wanted, ref long skipped)
    {
        int count = 0;
        for (; _taken < Rows && count < wanted; _taken++)
        {
            int row = _order[_taken];
            if (_isSkipped[row])
            {
                skipped++;
            }
            else
            {
                _selection[count++] = row;
            }
        }

        ReadOnlySpan<int> rows = _selection.AsSpan(0, count);
        Span<float> labels = batch.Labels.Slice(at, count);
        Span<float> dense = batch.Dense[(at * _denseCount)..];
        for (int i = 0; i < rows.Length; i++)
        {
            labels[i] = _labels[rows[i]];
            _dense.AsSpan(rows[i] * _denseCount, _denseCount).CopyTo(dense[(i * _denseCount)..]);
        }

        for (int f = 0; f < _ids.Length; f++)
        {
            if (_schema.Sparse[f].IsMultiHot)
            {
                GatherBags(batch.Sparse[f], f, at, rows);
            }
            else
            {
                GatherIds(batch.Sparse[f], _ids[f], at, rows);
            }
        }

        return count;
    }

    private static bool IsNull(ReadOnlySpan<ulong> validity, int row) => !validity.IsEmpty && (validity[row >> 6] & (1UL << (row & 63))) == 0;

    private static void GatherIds(JaggedIndices bags, int[] ids, int at, ReadOnlySpan<int> rows)
    {
        bags.Resize(at + rows.Length, at + rows.Length, isWeighted: false);
        Span<long> indices = bags.Indices[at..];
        Span<int> offsets = bags.Offsets[at..];
        offsets[0] = at;
        for (int i = 0; i < rows.Length; i++)
        {
            indices[i] = ids[rows[i]];
            offsets[i + 1] = at + i + 1;
        }
    }

    private void GatherBags(JaggedIndices bags, int f, int at, ReadOnlySpan<int> rows)
    {
        int[] from = _offsets[f];
        int total = at == 0 ? 0 : bags.Count;
        int start = total;
        foreach (int row in rows)
        {
            total += from[row + 1] - from[row];
        }

        bool isWeighted = _schema.Sparse[f].IsWeighted;
        bags.Resize(at + rows.Length, total, isWeighted);
        Span<long> indices = bags.Indices;
        Span<int> offsets = bags.Offsets;
        Span<float> weights = bags.Weights;
        int[] ids = _ids[f];
        offsets[0] = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            for (int k = from[rows[i]]; k < from[rows[i] + 1]; k++, start++)
            {
                indices[start] = ids[k];
                if (isWeighted)
                {
                    weights[start] = _weights[f][k];
                }
            }

            offsets[at + i + 1] = start;
        }
    }

    private void AppendLabels(DuckDbReader reader, int first, int count, RowPlace place)
    {
        ReadOnlySpan<float> values = reader.Column<float>(0);
        ReadOnlySpan<ulong> validity = reader.Validity(0);
        for (int i = 0; i < count; i++)
        {
            float value = values[first + i];
            if (value is not (>= 0 and <= 1) || IsNull(validity, first + i))
            {
                string text = IsNull(validity, first + i) ? "missing" : value.ToString("R", CultureInfo.InvariantCulture);
                throw Offset(place, i).Problem(_schema.Label, $"the label is {text}; labels are in [0, 1].");
            }

            _labels[Rows + i] = value;
        }
    }

    private void AppendDense(DuckDbReader reader, int d, int first, int count, RowPlace place)
    {
        ReadOnlySpan<float> values = reader.Column<float>(1 + d).Slice(first, count);
        ReadOnlySpan<ulong> validity = reader.Validity(1 + d);
        Span<float> to = _dense.AsSpan((Rows * _denseCount) + d);
        for (int i = 0; i < values.Length; i++)
        {
            float value = values[i];
            to[i * _denseCount] = value;
            if (!float.IsFinite(value) || IsNull(validity, first + i))
            {
                if (_options.NonFinite == NonFinitePolicy.Fail)
                {
                    string text = IsNull(validity, first + i) ? "missing" : value.ToString("R", CultureInfo.InvariantCulture);
                    throw Offset(place, i).Problem(_schema.Dense[d], $"the value is {text}; convert the data so that it is a number, or choose to skip such rows.");
                }

                _isSkipped[Rows + i] = true;
            }
        }
    }

    private void AppendIds<T>(ReadOnlySpan<T> values, ReadOnlySpan<ulong> validity, int f, int first, int count, RowPlace place)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        long rows = _schema.Sparse[f].Rows;
        Span<int> to = _ids[f].AsSpan(Rows, count);
        for (int i = 0; i < to.Length; i++)
        {
            long id = long.CreateTruncating(values[first + i]);
            to[i] = (ulong)id < (ulong)rows && !IsNull(validity, first + i)
                ? (int)id
                : Resolve(f, IsNull(validity, first + i) ? null : id, Offset(place, i));
        }
    }

    private void AppendBags(DuckDbReader reader, int column, int f, int first, int count, RowPlace place)
    {
        ReadOnlySpan<ListEntry> lists = reader.Column<ListEntry>(column);
        ReadOnlySpan<ulong> validity = reader.Validity(column);
        int[] offsets = _offsets[f];
        offsets[0] = 0;
        int total = offsets[Rows];
        for (int i = 0; i < count; i++)
        {
            // A null list is a bag without ids, like an empty one.
            total += IsNull(validity, first + i) ? 0 : checked((int)lists[first + i].Length);
            offsets[Rows + i + 1] = total;
        }

        if (_ids[f].Length < total)
        {
            Array.Resize(ref _ids[f], Math.Max(total, 2 * _ids[f].Length));
        }

        if (reader.ElementTypeOf(column) == ColumnType.Integer)
        {
            CopyElements(reader.Elements<int>(column), reader.ElementValidity(column), lists, f, first, count, place);
        }
        else
        {
            CopyElements(reader.Elements<long>(column), reader.ElementValidity(column), lists, f, first, count, place);
        }

        if (_schema.Sparse[f].IsWeighted)
        {
            AppendWeights(reader, column + 1, f, first, count, place);
        }
    }

    private void CopyElements<T>(
        ReadOnlySpan<T> elements, ReadOnlySpan<ulong> validity, ReadOnlySpan<ListEntry> lists, int f, int first, int count, RowPlace place)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        long rows = _schema.Sparse[f].Rows;
        int[] ids = _ids[f];
        int[] offsets = _offsets[f];
        for (int i = 0; i < count; i++)
        {
            int from = (int)lists[first + i].Offset;
            for (int k = offsets[Rows + i]; k < offsets[Rows + i + 1]; k++, from++)
            {
                long id = long.CreateTruncating(elements[from]);
                ids[k] = (ulong)id < (ulong)rows && !IsNull(validity, from) ? (int)id : Resolve(f, IsNull(validity, from) ? null : id, Offset(place, i));
            }
        }
    }

    private void AppendWeights(DuckDbReader reader, int column, int f, int first, int count, RowPlace place)
    {
        ReadOnlySpan<ListEntry> lists = reader.Column<ListEntry>(column);
        ReadOnlySpan<ulong> validity = reader.Validity(column);
        ReadOnlySpan<float> elements = reader.Elements<float>(column);
        ReadOnlySpan<ulong> elementValidity = reader.ElementValidity(column);
        int[] offsets = _offsets[f];
        if (_weights[f].Length < offsets[Rows + count])
        {
            Array.Resize(ref _weights[f], _ids[f].Length);
        }

        for (int i = 0; i < count; i++)
        {
            int length = IsNull(validity, first + i) ? 0 : (int)lists[first + i].Length;
            int expected = offsets[Rows + i + 1] - offsets[Rows + i];
            if (length != expected)
            {
                throw Offset(place, i).Problem(_schema.Sparse[f].WeightsColumn, $"there are {length} weights for {expected} ids of {_schema.Sparse[f].Name}.");
            }

            for (int k = 0; k < length; k++)
            {
                int from = (int)lists[first + i].Offset + k;
                float weight = IsNull(elementValidity, from) ? float.NaN : elements[from];
                _weights[f][offsets[Rows + i] + k] = float.IsFinite(weight)
                    ? weight
                    : throw Offset(place, i).Problem(_schema.Sparse[f].WeightsColumn, $"weight {k} is {weight.ToString("R", CultureInfo.InvariantCulture)}; weights are finite numbers.");
            }
        }
    }

    private int Resolve(int f, long? id, RowPlace place)
    {
        SparseFeature feature = _schema.Sparse[f];
        return _options.OutOfRangeIds switch
        {
            IdPolicy.Zero => 0,
            IdPolicy.Hash => (int)(XxHash64.Hash(id ?? -1) % (ulong)feature.Rows),
            _ => throw place.Problem(
                feature.Name,
                $"the id is {id?.ToString(CultureInfo.InvariantCulture) ?? "missing"}, but the table has rows 0 to {feature.Rows - 1}: convert the data with this table's vocabulary, or choose another policy for ids out of range."),
        };
    }

    private static RowPlace Offset(RowPlace place, int rows) => place with { Row = place.Row + rows };
}
