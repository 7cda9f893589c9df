using System.Globalization;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression;

/// <summary>Chooses what every table becomes, and one pair of storage types, so that the model is the smallest whose tables are all within an error.</summary>
/// <remarks>
/// <code>‖W[t] − Ŵ[t]‖ / ‖W[t]‖ ≤ ε  for every table t, measured on the stored numbers</code>
/// <para>A table's points in order of bytes, each with less predicted error than those before it; the search starts where the prediction meets ε and measures its way
/// to a point that meets it whose next smaller one does not. Pairs of storage types are tried in order of their predicted bytes, until a pair is
/// predicted to need more than the best one measured.</para>
/// </remarks>
internal sealed class ErrorChoice
{
    private readonly IDevice _device;
    private readonly IReadOnlyList<SourceTable> _tables;
    private readonly IReadOnlyList<TableCompressor> _compressors;
    private readonly double _error;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<(int Table, CompressionPoint Point, StorageType Type), double> _measured = [];
    private readonly double[] _least;

    private ErrorChoice(IDevice device, IReadOnlyList<SourceTable> tables, IReadOnlyList<TableCompressor> compressors, double error, CancellationToken cancellation)
    {
        _device = device;
        _tables = tables;
        _compressors = compressors;
        _error = error;
        _cancellation = cancellation;
        _least = new double[tables.Count];
        Array.Fill(_least, double.PositiveInfinity);
    }

    /// <summary>Chooses.</summary>
    /// <param name="device">Computes.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="compressors">Their methods.</param>
    /// <param name="options">The error, and the storage types to try.</param>
    /// <param name="towerStorage">The storage of towers.</param>
    /// <param name="cancellation">Gives up between two blocks of rows.</param>
    /// <returns>Storage types, and a point for each table.</returns>
    /// <exception cref="OptionsException">A table is not within the error by any of the methods.</exception>
    internal static (StorageOptions Storage, IReadOnlyList<CompressionPoint> Points) Choose(
        IDevice device, IReadOnlyList<SourceTable> tables, IReadOnlyList<TableCompressor> compressors, CompressionOptions options, StorageType towerStorage, CancellationToken cancellation) =>
        new ErrorChoice(device, tables, compressors, options.Error!.Value, cancellation).Choose(BudgetChoice.Pairs(options, towerStorage));

    /// <summary>Finds the first of some positions that is good, when all after a good one are, from a guess.</summary>
    /// <param name="count">The positions.</param>
    /// <param name="guess">Where it may be.</param>
    /// <param name="isGood">Tests one.</param>
    /// <returns>A good position whose predecessor is not, or null when the last one is not.</returns>
    internal static int? FirstGood(int count, int guess, Func<int, bool> isGood)
    {
        int good = count;
        int bad = -1;
        int step = 1;
        int place = guess;
        while (true)
        {
            if (isGood(place))
            {
                good = place;
            }
            else
            {
                bad = place;
            }

            if (good - bad == 1)
            {
                return good == count ? null : good;
            }

            // Away from the guess in doubled steps while the other side is open, then by halves.
            place = good == count ? Math.Min(bad + step, count - 1) : bad == -1 ? Math.Max(good - step, 0) : bad + ((good - bad) / 2);
            step *= 2;
        }
    }

    private (StorageOptions Storage, IReadOnlyList<CompressionPoint> Points) Choose(IEnumerable<StorageOptions> pairs)
    {
        (StorageOptions? Storage, CompressionPoint[] Points, long Bytes) best = (null, [], long.MaxValue);
        foreach ((StorageOptions storage, CompressionPoint[][] stairs, long predicted) in pairs.Select(Plan).OrderBy(static plan => plan.Bytes))
        {
            if (predicted < best.Bytes && Measure(storage, stairs) is CompressionPoint[] points && points.Sum(static point => point.Bytes) is long bytes && bytes < best.Bytes)
            {
                best = (storage, points, bytes);
            }
        }

        if (best.Storage is not null)
        {
            return (best.Storage, best.Points);
        }

        int worst = Enumerable.Range(0, _tables.Count).MaxBy(t => double.IsFinite(_least[t]) ? _least[t] : -1);
        throw new OptionsException([string.Create(
            CultureInfo.InvariantCulture,
            $"error: no choice of storage types brings every table within {_error:G6}; of table '{_tables[worst].Name}' the least error measured is {_least[worst]:G6}: allow more error, a larger largest rank, or more methods and storage types ('rows' in float32 loses nothing)")]);
    }

    private (StorageOptions Storage, CompressionPoint[][] Stairs, long Bytes) Plan(StorageOptions storage)
    {
        CompressionPoint[][] stairs = [.. _compressors.Select(compressor => Stairs(compressor.Points(storage, long.MaxValue)))];
        return (storage, stairs, stairs.Select((points, t) => points.Length == 0 ? 0 : points[Guess(points, t)].Bytes).Sum());
    }

    private CompressionPoint[]? Measure(StorageOptions storage, CompressionPoint[][] stairs)
    {
        CompressionPoint[] chosen = new CompressionPoint[stairs.Length];

        // Small tables first: they have the fewest choices, so a pair of types that is of no use ends here soonest.
        foreach (int table in Enumerable.Range(0, stairs.Length).OrderBy(t => _tables[t].Rows.Rows))
        {
            CompressionPoint[] points = stairs[table];
            if (points.Length == 0 || FirstGood(points.Length, Guess(points, table), p => ErrorOf(table, points[p], storage) <= _error) is not int place)
            {
                return null;
            }

            chosen[table] = points[place];
        }

        return chosen;
    }

    private double ErrorOf(int table, CompressionPoint point, StorageOptions storage)
    {
        StorageType type = _compressors[table].TypeOf(point, storage);
        if (!_measured.TryGetValue((table, point, type), out double error))
        {
            _measured[(table, point, type)] = error = TableError.Of(_device, _tables[table], _compressors[table], point, storage, _cancellation).Relative;
            _least[table] = Math.Min(_least[table], error);
        }

        return error;
    }

    private int Guess(CompressionPoint[] points, int table)
    {
        double allowed = _error * _error * _compressors[table].Squares;
        int place = Array.FindIndex(points, point => point.SquaredError <= allowed);
        return place < 0 ? points.Length - 1 : place;
    }

    private static CompressionPoint[] Stairs(IReadOnlyList<CompressionPoint> points)
    {
        List<CompressionPoint> stairs = [];
        foreach (CompressionPoint point in points.OrderBy(static point => point.Bytes).ThenBy(static point => point.SquaredError))
        {
            if (stairs.Count == 0 || point.SquaredError < stairs[^1].SquaredError)
            {
                stairs.Add(point);
            }
        }

        return [.. stairs];
    }
}
