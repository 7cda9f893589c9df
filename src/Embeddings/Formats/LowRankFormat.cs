using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A low-rank tensor format with its modes and present ranks: all that prior, pruning, serialisation and reports know of a format.</summary>
/// <remarks>
/// <para>The full tensor is a matrix of <see cref="Rows"/> × <see cref="Columns"/>: an embedding table, or the weight of a linear layer. Row and column
/// numbers are mixed radix over row and column modes, the first mode most significant; rows in [Rows, Π modes) are padding.</para>
/// <para>A bond is an index that is summed over, of size <see cref="Ranks"/>[bond]; its values are the rank components. Every factor lists the bonds among
/// its axes, and which of them governs the prior variance of its entries.</para>
/// <para>Immutable. A new format is one subclass in a folder of its own: docs/formats.md.</para>
/// </remarks>
public abstract class LowRankFormat
{
    /// <summary>Gets the name in options and files: "ttm".</summary>
    public abstract string Name { get; }

    /// <summary>Gets the valid rows.</summary>
    public abstract long Rows { get; }

    /// <summary>Gets the columns.</summary>
    public abstract int Columns { get; }

    /// <summary>Gets the row modes; their product is at least <see cref="Rows"/>.</summary>
    public abstract IReadOnlyList<int> RowModes { get; }

    /// <summary>Gets the column modes; their product is <see cref="Columns"/>.</summary>
    public abstract IReadOnlyList<int> ColumnModes { get; }

    /// <summary>Gets the present size of every bond.</summary>
    public abstract IReadOnlyList<int> Ranks { get; }

    /// <summary>Gets the factors in the order of their buffers.</summary>
    public abstract IReadOnlyList<FactorShape> Factors { get; }

    /// <summary>Gets the stored entries over all factors.</summary>
    public long Parameters => Factors.Sum(static factor => factor.Length);

    /// <summary>Gets the multiply-adds of evaluating every row once: what rebuilding a layer's weight costs.</summary>
    /// <remarks>A format that does not count keeps this default, every row alone.</remarks>
    public virtual double MultiplyAddsOfAllRows => (double)Rows * RowMultiplyAdds;

    /// <summary>Gets the split W = L·C of this format at the present ranks, or null when it has none.</summary>
    public virtual WeightSplit? Split => null;

    /// <summary>Multiplies factors out for faster lookups, as far as memory allows; rows keep their bits.</summary>
    /// <param name="device">The device.</param>
    /// <param name="factors">One buffer for each factor; they must stay as they are while the result is in use.</param>
    /// <param name="mostBytes">The bytes that the product may have.</param>
    /// <returns>The tensor with fewer factors, or null when there is nothing to gain or the format has no such form.</returns>
    public virtual MaterializedFactors? Materialize(IDevice device, ReadOnlySpan<DeviceBuffer<float>> factors, long mostBytes) => null;

    /// <summary>Gets the multiply-adds that compute one row alone: an upper bound, for rows of a batch share their prefixes.</summary>
    public abstract long RowMultiplyAdds { get; }

    /// <summary>Computes the standard deviation of zero-mean factor entries that gives entries of the full tensor a wanted one.</summary>
    /// <param name="entryDeviation">t.</param>
    /// <returns>The deviation of every factor entry: (t² / number of summed paths)^(1 / (2 · factors)).</returns>
    public abstract double FactorDeviation(double entryDeviation);

    /// <summary>Makes the same format with other ranks.</summary>
    /// <param name="ranks">One for each bond, at least 1.</param>
    /// <returns>The format.</returns>
    public abstract LowRankFormat WithRanks(IReadOnlyList<int> ranks);

    /// <summary>Makes what evaluates rows of this format, at any ranks, on a device.</summary>
    /// <param name="device">The device.</param>
    /// <returns>The evaluator; the caller disposes it.</returns>
    public abstract IRowEvaluator CreateRowEvaluator(IDevice device);

    /// <summary>Computes a change of basis of the bonds that leaves the tensor and orders components by energy, so that λ can see the ranks.</summary>
    /// <remarks>Pure and thread safe. A format without gauge freedom keeps this default: components stay as they are.</remarks>
    /// <param name="means">The entries of every factor; arrays may be longer.</param>
    /// <returns>The move, or null when there is nothing to do.</returns>
    public virtual GaugeMove? MoveGauge(IReadOnlyList<float[]> means) => null;

    /// <summary>Chooses a component of a bond to do without, and adjusts the others to its loss: what pruning tries.</summary>
    /// <remarks>Pure and thread safe. A format whose gauge move makes the weakest component the best to drop keeps this default: that component is dropped and the others stay.</remarks>
    /// <param name="means">The entries of every factor; arrays may be longer.</param>
    /// <param name="bond">The bond, of at least 2 components.</param>
    /// <returns>The component and the factors without it, or null to drop the weakest as it is.</returns>
    public virtual ReducedFactors? Reduce(IReadOnlyList<float[]> means, int bond) => null;

    /// <summary>Counts D, the entries that one component's λ governs, at the present ranks.</summary>
    /// <param name="bond">The bond.</param>
    /// <returns>The entries; 0 for a bond that governs nothing.</returns>
    public long GovernedEntries(int bond)
    {
        long sum = 0;
        for (int k = 0; k < Factors.Count; k++)
        {
            sum += Factors[k].GoverningAxis is FactorAxis axis && axis.Bond == bond ? axis.Axis.EntriesPerComponent : 0;
        }

        return sum;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Rows} × {Columns} as [{string.Join("·", RowModes)}] × [{string.Join("·", ColumnModes)}], {Name.ToUpperInvariant()} ranks [{string.Join(", ", Ranks)}]";
}
