using System.Numerics;
using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The shape of an ADTN: a brick wall of gates whose first n entries are the numbers of a weight.</summary>
/// <remarks>
/// <code>
/// Q = ⌈log2 n⌉ sites, M layers        16·M·(Q − 1) numbers of gates, less those that v = [1, 0] never lets through:
/// columns 01, 10, 11 of every gate on fresh sites in layer 0 (12 numbers), and, when Q is odd, the two columns of its last gate whose second site is fresh (8)
/// </code>
/// </remarks>
public sealed class AdtnShape
{
    /// <summary>The entries up to which a table may be an ADTN of two or more layers.</summary>
    public const long MostTableEntries = 1L << 26;

    /// <summary>The slope of the leaky ReLU when none is given.</summary>
    public const float DefaultSlope = 0.01f;

    /// <summary>Initializes a new instance of the <see cref="AdtnShape"/> class.</summary>
    /// <param name="numbers">n, in [1, 2³⁰].</param>
    /// <param name="layers">M, at least 1.</param>
    /// <param name="slope">The slope of the leaky ReLU below 0.</param>
    public AdtnShape(long numbers, int layers, float slope = DefaultSlope)
    {
        if (numbers is < 1 or > 1L << BrickWallShape.MostSites)
        {
            throw new ArgumentOutOfRangeException(nameof(numbers), $"An ADTN of {numbers} numbers is out of range: it has between 1 and 2^{BrickWallShape.MostSites}; leave larger weights in another format.");
        }

        Numbers = numbers;
        Wall = new BrickWallShape(Math.Max(2, BitOperations.Log2((ulong)Math.Max(1, numbers - 1)) + 1), layers, slope);
        StoredEntries = [.. Enumerable.Range(0, Wall.GatesLength).Where(IsReached)];
    }

    /// <summary>Gets n.</summary>
    public long Numbers { get; }

    /// <summary>Gets Q, M and the slope.</summary>
    public BrickWallShape Wall { get; }

    /// <summary>Gets where the stored numbers stand among all of the gates.</summary>
    internal IReadOnlyList<int> StoredEntries { get; }

    /// <summary>Gets the stored numbers.</summary>
    public int StoredElements => StoredEntries.Count;

    /// <summary>Makes the shape of an embedding table.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="embeddingDim">The columns.</param>
    /// <param name="layers">M.</param>
    /// <param name="slope">The slope of the leaky ReLU below 0.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="OptionsException">The table has more than 2²⁶ entries and M is 2 or more.</exception>
    public static AdtnShape OfTable(long rows, int embeddingDim, int layers, float slope = DefaultSlope)
    {
        long entries = checked(rows * embeddingDim);
        return layers > 1 && entries > MostTableEntries
            ? throw new OptionsException([
                $"An ADTN of {layers} layers can't be a table of {rows} × {embeddingDim} = {entries} entries: the activation between layers mixes all entries, so no row can be looked up without rebuilding "
                + $"the whole table, which is allowed up to 2^26 = {MostTableEntries}; take one layer, which is a quantised tensor train, or another format."])
            : new AdtnShape(entries, layers, slope);
    }

    /// <inheritdoc/>
    public override string ToString() => $"ADTN of {Wall.Layers} layers on {Wall.Sites} sites, {StoredElements} numbers for {Numbers}";

    private bool IsReached(int entry)
    {
        int gate = entry / BrickWallShape.GateLength;
        int column = entry % 4;
        if (gate >= Wall.GatesPerLayer)
        {
            return true;
        }

        bool isOnFreshSites = gate < Wall.Sites / 2;
        bool isSecondFresh = Wall.Sites % 2 == 1 && gate == Wall.GatesPerLayer - 1;
        return isOnFreshSites ? column == 0 : !isSecondFresh || column % 2 == 0;
    }
}
