using Dlrm.Data;
using Dlrm.Metrics;
using Dlrm.Numerics;

namespace Dlrm.Tests.Support;

/// <summary>Clicks in memory: two dense features, tables of 7, 40 and 90 ids with bags of 0 to 3 indices, labels from a hidden weight for each id.</summary>
/// <remarks>The order of epoch e starts at row 17·e and wraps round, so that epochs differ and a cursor is enough to go on.</remarks>
internal sealed class ClickSource : IBatchSource
{
    private readonly Batch _batch = new(2, 3);
    private readonly float[] _labels;
    private readonly float[] _dense;
    private readonly List<long>[][] _bags;
    private readonly int _batchSize;
    private int _epoch;
    private int _row;

    internal ClickSource(int rows, int batchSize, int seed, bool isOneHot = false)
    {
        _batchSize = batchSize;
        Random random = new(seed);
        Random teacher = new(5);
        double[][] weights = [.. Cardinalities.Select(count => Enumerable.Range(0, (int)count).Select(_ => 2 * teacher.NextDouble() - 1).ToArray())];
        _labels = new float[rows];
        _dense = new float[2 * rows];
        _bags = [.. Cardinalities.Select(_ => new List<long>[rows])];
        float[] probabilities = new float[rows];
        for (int n = 0; n < rows; n++)
        {
            _dense[2 * n] = (float)random.NextDouble();
            _dense[(2 * n) + 1] = (float)random.NextDouble();
            double logit = (2 * _dense[2 * n]) - 1;
            for (int f = 0; f < 3; f++)
            {
                _bags[f][n] = [.. Enumerable.Range(0, isOneHot ? 1 : random.Next(4)).Select(_ => (long)random.Next((int)Cardinalities[f]))];
                logit += 2 * _bags[f][n].Sum(id => weights[f][id]);
            }

            probabilities[n] = (float)(1 / (1 + Math.Exp(-logit)));
            _labels[n] = random.NextDouble() < probabilities[n] ? 1 : 0;
        }

        TeacherAuc = ClassificationFormulas.AucBySorting(probabilities, [.. _labels]);
    }

    public int DenseFeatures => 2;

    public IReadOnlyList<long> Cardinalities { get; } = [7, 40, 90];

    public long Samples => _labels.Length;

    public DataCursor Cursor => new(_epoch, _row);

    public TimeSpan WaitTime => TimeSpan.Zero;

    /// <summary>Gets the dense features, for tests that spoil one.</summary>
    internal float[] Dense => _dense;

    /// <summary>Gets the AUC of the probabilities that the labels were drawn with.</summary>
    internal double TeacherAuc { get; }

    /// <summary>Gets or sets what happens at each read: the number of samples of the epoch already given.</summary>
    internal Action<int>? Reading { get; set; }

    public void Seek(DataCursor cursor)
    {
        _epoch = cursor.Epoch;
        _row = (int)cursor.Row;
    }

    public bool TryRead(out Batch batch)
    {
        batch = _batch;
        int count = Math.Min(_batchSize, _labels.Length - _row);
        if (count == 0)
        {
            return false;
        }

        Reading?.Invoke(_row);
        _batch.Resize(count);
        _batch.FirstSample = _row;
        int[] rows = [.. Enumerable.Range(_row, count).Select(n => (n + (17 * _epoch)) % _labels.Length)];
        for (int b = 0; b < count; b++)
        {
            _batch.Labels[b] = _labels[rows[b]];
            _dense.AsSpan(2 * rows[b], 2).CopyTo(_batch.Dense[(2 * b)..]);
        }

        for (int f = 0; f < 3; f++)
        {
            JaggedIndices sparse = _batch.Sparse[f];
            sparse.Resize(count, rows.Sum(n => _bags[f][n].Count), isWeighted: false);
            int position = 0;
            for (int b = 0; b < count; b++)
            {
                sparse.Offsets[b] = position;
                foreach (long id in _bags[f][rows[b]])
                {
                    sparse.Indices[position++] = id;
                }
            }

            sparse.Offsets[count] = position;
        }

        _row += count;
        return true;
    }

    public void Dispose()
    {
    }
}
