using System.Globalization;

namespace Dlrm.Data;

/// <summary>Says which split a row belongs to, by its number; in C# and, for training rows, in SQL.</summary>
internal sealed class RowSplitter
{
    private readonly bool _isHashed;
    private readonly ulong _seed;
    private readonly ulong _validStart;
    private readonly ulong _testStart;

    private RowSplitter(bool isHashed, ulong seed, ulong validStart, ulong testStart)
    {
        _isHashed = isHashed;
        _seed = seed;
        _validStart = validStart;
        _testStart = testStart;
    }

    /// <summary>Gets the SQL condition of training rows over the row number <c>n</c>.</summary>
    internal string TrainCondition => string.Create(
        CultureInfo.InvariantCulture,
        $"{(_isHashed ? $"{RowHashFunction.Name}({_seed.ToString(CultureInfo.InvariantCulture)}::UBIGINT, n)" : "n")} < {_validStart}::UBIGINT");

    /// <summary>Makes a splitter.</summary>
    /// <param name="options">Kind, shares, seed.</param>
    /// <param name="rows">All rows.</param>
    /// <param name="trainRows">The rows of the training inputs; for <see cref="SplitKind.Given"/>.</param>
    /// <param name="validRows">The rows of the validation inputs; for <see cref="SplitKind.Given"/>.</param>
    /// <returns>The splitter.</returns>
    internal static RowSplitter Make(ConvertOptions options, long rows, long trainRows, long validRows)
    {
        double train = 1 - options.ValidFraction - options.TestFraction;
        double beforeTest = 1 - options.TestFraction;
        return options.Split switch
        {
            SplitKind.Given => new(false, 0, (ulong)trainRows, (ulong)(trainRows + validRows)),
            SplitKind.Order => new(false, 0, Share(train, rows), Share(beforeTest, rows)),

            // A share of 1 is beyond the largest hash only as 2^64, which a ulong can't be; the last hash's row is given up for it.
            _ => new(true, options.Seed, Scale(train), Scale(beforeTest)),
        };
    }

    /// <summary>Gets the split of a row.</summary>
    /// <param name="number">The row's number over all inputs.</param>
    /// <returns>The split.</returns>
    internal DatasetSplit Of(long number)
    {
        ulong place = _isHashed ? XxHash64.Hash(number, _seed) : (ulong)number;
        return place < _validStart ? DatasetSplit.Train : place < _testStart ? DatasetSplit.Valid : DatasetSplit.Test;
    }

    private static ulong Share(double fraction, long rows) => (ulong)Math.Round(fraction * rows);

    private static ulong Scale(double fraction) => fraction >= 1 ? ulong.MaxValue : (ulong)(fraction * 18446744073709551616.0);
}
