using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Dlrm.Distributed;
using Dlrm.Embeddings;

namespace Dlrm.Training;

/// <summary>Sums the gradients of tables of which a step touches some rows: of every row when that is less to send, else of the touched ones.</summary>
/// <remarks>
/// <code>
/// U[w, t]     rows of table t that worker w touches, known to all after the forward pass
/// every row   2 · I[t] ≤ Σ_w U[w, t]: rows and a mark for the touched ones, (I, D + 1), in the buckets of <see cref="GradientExchange"/>
/// touched     else: row numbers and gradients of all such tables, collected from every worker in one go and added by worker, upwards
/// </code>
/// </remarks>
internal sealed class TouchedRowsExchange
{
    private readonly ICommunicator _communicator;
    private readonly TableParameter[] _tables;
    private readonly float[]?[] _images;
    private readonly int[] _counts;
    private readonly int[] _countLengths;
    private readonly int[] _lengths;
    private byte[] _own = [];
    private byte[] _all = [];
    private long[] _rows = [];
    private float[] _sums = [];

    /// <summary>Initializes a new instance of the <see cref="TouchedRowsExchange"/> class.</summary>
    /// <param name="communicator">The workers.</param>
    /// <param name="parameters">All parameters; those that are tables take part.</param>
    internal TouchedRowsExchange(ICommunicator communicator, IReadOnlyList<Parameter> parameters)
    {
        _communicator = communicator;
        _tables = [.. parameters.OfType<TableParameter>()];
        _images = new float[]?[_tables.Length];
        _counts = new int[communicator.WorldSize * _tables.Length];
        _countLengths = new int[communicator.WorldSize];
        Array.Fill(_countLengths, _tables.Length * sizeof(int));
        _lengths = new int[communicator.WorldSize];
    }

    /// <summary>Tells every worker how many rows each one touches; follows the forward pass.</summary>
    /// <param name="hasSamples">Whether this worker had one.</param>
    internal void Count(bool hasSamples)
    {
        if (_tables.Length == 0)
        {
            return;
        }

        Span<int> own = stackalloc int[_tables.Length];
        for (int t = 0; t < own.Length; t++)
        {
            own[t] = hasSamples ? _tables[t].Groups.UniqueCount : 0;
        }

        _communicator.AllGather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(_counts.AsSpan()), _countLengths);
    }

    /// <summary>Gets all rows of a table for the buckets, when that is less to send.</summary>
    /// <param name="table">The table, whose backward pass has ended.</param>
    /// <returns>(I, D + 1), kept by this; its sum is put back there. Null when the touched rows are less.</returns>
    internal float[]? PackDense(TableParameter table)
    {
        int t = Array.IndexOf(_tables, table);
        if (!IsDense(t))
        {
            return null;
        }

        int dim = table.Table.Columns;
        float[] image = _images[t] ??= new float[checked(table.Table.Rows * (dim + 1))];
        Array.Clear(image);
        int count = table.TouchedRows;
        Read(table, count, dim);
        for (int u = 0; u < count; u++)
        {
            Span<float> row = image.AsSpan((int)_rows[u] * (dim + 1), dim + 1);
            _sums.AsSpan(u * dim, dim).CopyTo(row);
            row[dim] = 1;
        }

        return image;
    }

    /// <summary>Gives the tables of <see cref="PackDense"/> their sums; every bucket has been waited for.</summary>
    internal void TakeDense()
    {
        for (int t = 0; t < _tables.Length; t++)
        {
            if (!IsDense(t))
            {
                continue;
            }

            int dim = _tables[t].Table.Columns;
            int touched = 0;
            Grow(ref _rows, _tables[t].Table.Rows);
            Grow(ref _sums, _tables[t].Table.Rows * dim);
            for (int row = 0; row < _tables[t].Table.Rows; row++)
            {
                ReadOnlySpan<float> image = _images[t].AsSpan(row * (dim + 1), dim + 1);
                if (image[dim] > 0)
                {
                    image[..dim].CopyTo(_sums.AsSpan(touched * dim));
                    _rows[touched++] = row;
                }
            }

            _tables[t].ReplaceTouched(_rows.AsSpan(0, touched), _sums);
        }
    }

    /// <summary>Collects the touched rows of the other tables and gives each its sum.</summary>
    /// <returns>The bytes that this worker has sent.</returns>
    internal long Exchange()
    {
        Array.Clear(_lengths);
        for (int t = 0; t < _tables.Length; t++)
        {
            for (int w = 0; w < _lengths.Length && !IsDense(t); w++)
            {
                _lengths[w] = checked(_lengths[w] + BytesOf(t, w));
            }
        }

        int total = _lengths.Sum();
        if (total == 0)
        {
            return 0;
        }

        Grow(ref _own, _lengths[_communicator.Rank]);
        Grow(ref _all, total);
        Pack();
        _communicator.AllGather(_own.AsSpan(0, _lengths[_communicator.Rank]), _all.AsSpan(0, total), _lengths);
        Span<int> at = stackalloc int[_lengths.Length];
        for (int w = 1; w < at.Length; w++)
        {
            at[w] = at[w - 1] + _lengths[w - 1];
        }

        for (int t = 0; t < _tables.Length; t++)
        {
            if (!IsDense(t))
            {
                Merge(t, at);
            }
        }

        return _lengths[_communicator.Rank];
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[Math.Max(length, array.Length * 3 / 2)];
        }
    }

    private int CountOf(int t, int worker) => _counts[(worker * _tables.Length) + t];

    private int BytesOf(int t, int worker) => checked(CountOf(t, worker) * (_tables[t].Table.Columns + 1) * sizeof(float));

    private bool IsDense(int t)
    {
        long touched = 0;
        for (int w = 0; w < _lengths.Length; w++)
        {
            touched += CountOf(t, w);
        }

        return 2L * _tables[t].Table.Rows <= touched;
    }

    private void Read(TableParameter table, int count, int dim)
    {
        Grow(ref _rows, count);
        Grow(ref _sums, count * dim);
        table.CopyTouched(_rows, _sums);
    }

    /// <summary>Writes this worker's rows of every table: the row numbers, then the gradients.</summary>
    private void Pack()
    {
        int at = 0;
        for (int t = 0; t < _tables.Length; t++)
        {
            int count = CountOf(t, _communicator.Rank);
            if (IsDense(t) || count == 0)
            {
                continue;
            }

            int dim = _tables[t].Table.Columns;
            Read(_tables[t], count, dim);
            Span<int> rows = MemoryMarshal.Cast<byte, int>(_own.AsSpan(at, count * sizeof(int)));
            for (int u = 0; u < count; u++)
            {
                rows[u] = (int)_rows[u];
            }

            at += count * sizeof(int);
            MemoryMarshal.AsBytes(_sums.AsSpan(0, count * dim)).CopyTo(_own.AsSpan(at));
            at += count * dim * sizeof(float);
        }
    }

    /// <summary>Sums one table's rows over the workers; each worker's place moves on to its next table.</summary>
    private void Merge(int t, Span<int> at)
    {
        int dim = _tables[t].Table.Columns;
        int total = 0;
        for (int w = 0; w < at.Length; w++)
        {
            total += CountOf(t, w);
        }

        Grow(ref _rows, total);
        int filled = 0;
        for (int w = 0; w < at.Length; w++)
        {
            foreach (int row in RowsOf(t, w, at[w]))
            {
                _rows[filled++] = row;
            }
        }

        int distinct = Distinct(_rows.AsSpan(0, total));
        Grow(ref _sums, distinct * dim);
        Array.Clear(_sums, 0, distinct * dim);
        for (int w = 0; w < at.Length; w++)
        {
            ReadOnlySpan<int> rows = RowsOf(t, w, at[w]);
            ReadOnlySpan<float> gradients = MemoryMarshal.Cast<byte, float>(_all.AsSpan(at[w] + (rows.Length * sizeof(int)), rows.Length * dim * sizeof(float)));
            int position = 0;
            for (int u = 0; u < rows.Length; u++)
            {
                // Both lists ascend.
                while (_rows[position] < rows[u])
                {
                    position++;
                }

                Span<float> sum = _sums.AsSpan(position * dim, dim);
                TensorPrimitives.Add(sum, gradients.Slice(u * dim, dim), sum);
            }

            at[w] += BytesOf(t, w);
        }

        _tables[t].ReplaceTouched(_rows.AsSpan(0, distinct), _sums);
    }

    private ReadOnlySpan<int> RowsOf(int t, int worker, int at) => MemoryMarshal.Cast<byte, int>(_all.AsSpan(at, CountOf(t, worker) * sizeof(int)));

    private static int Distinct(Span<long> rows)
    {
        rows.Sort();
        int distinct = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            if (i == 0 || rows[i] != rows[i - 1])
            {
                rows[distinct++] = rows[i];
            }
        }

        return distinct;
    }
}
