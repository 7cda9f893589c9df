namespace Dlrm.Numerics;

/// <summary>Holds the bags of one sparse feature for one batch, in host memory that is reused between batches.</summary>
/// <remarks>
/// <code>bag b = Indices[Offsets[b] .. Offsets[b + 1])        offsets has B + 1 entries</code>
/// <para>Weights, when present, has one weight for each index.</para>
/// </remarks>
public sealed class JaggedIndices
{
    private long[] _indices = [];
    private int[] _offsets = [0];
    private float[] _weights = [];

    /// <summary>Gets the number of bags B.</summary>
    public int Bags { get; private set; }

    /// <summary>Gets the number of indices over all bags.</summary>
    public int Count { get; private set; }

    /// <summary>Gets a value indicating whether every index has a weight of its own.</summary>
    public bool IsWeighted { get; private set; }

    /// <summary>Gets the indices of all bags; writable by the batch's owner.</summary>
    public Span<long> Indices => _indices.AsSpan(0, Count);

    /// <summary>Gets the B + 1 offsets, rising from 0 to <see cref="Count"/>; writable by the batch's owner.</summary>
    public Span<int> Offsets => _offsets.AsSpan(0, Bags + 1);

    /// <summary>Gets the weights, empty when there are none; writable by the batch's owner.</summary>
    public Span<float> Weights => _weights.AsSpan(0, IsWeighted ? Count : 0);

    /// <summary>Makes bags from given arrays, which are copied.</summary>
    /// <param name="indices">The indices of all bags.</param>
    /// <param name="offsets">B + 1 offsets.</param>
    /// <param name="weights">One weight for each index, or empty for none.</param>
    /// <returns>The bags.</returns>
    /// <exception cref="ArgumentException">There is no offset, or weights are neither none nor one for each index.</exception>
    public static JaggedIndices From(ReadOnlySpan<long> indices, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights = default)
    {
        if (offsets.IsEmpty)
        {
            throw new ArgumentException("There are no offsets; B bags have B + 1, so no bags have one, 0.", nameof(offsets));
        }

        if (weights.Length > 0 && weights.Length != indices.Length)
        {
            throw new ArgumentException($"There are {weights.Length} weights for {indices.Length} indices; give one for each, or none.", nameof(weights));
        }

        JaggedIndices bags = new();
        bags.Resize(offsets.Length - 1, indices.Length, isWeighted: weights.Length > 0);
        indices.CopyTo(bags.Indices);
        offsets.CopyTo(bags.Offsets);
        weights.CopyTo(bags.Weights);
        return bags;
    }

    /// <summary>Makes bags of exactly one index each.</summary>
    /// <param name="indices">One index for each bag.</param>
    /// <returns>The bags.</returns>
    public static JaggedIndices OneHot(ReadOnlySpan<long> indices)
    {
        JaggedIndices bags = new();
        bags.Resize(indices.Length, indices.Length, isWeighted: false);
        indices.CopyTo(bags.Indices);
        for (int b = 0; b <= indices.Length; b++)
        {
            bags.Offsets[b] = b;
        }

        return bags;
    }

    /// <summary>Sets the sizes; the contents are kept up to the smaller size and memory only ever grows.</summary>
    /// <param name="bags">The number of bags.</param>
    /// <param name="count">The number of indices.</param>
    /// <param name="isWeighted">Whether each index has a weight.</param>
    public void Resize(int bags, int count, bool isWeighted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bags);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Grow(ref _offsets, bags + 1);
        Grow(ref _indices, count);
        if (isWeighted)
        {
            Grow(ref _weights, count);
        }

        Bags = bags;
        Count = count;
        IsWeighted = isWeighted;
    }

    /// <summary>Checks offsets and index range; called once where a batch enters.</summary>
    /// <param name="rows">The number of rows of the embedding table.</param>
    /// <param name="name">The feature, for the message.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside <c>[0, rows)</c>; the message has bag, index and rows.</exception>
    /// <exception cref="ArgumentException">Offsets do not rise from 0 to the number of indices.</exception>
    public void Validate(long rows, string name)
    {
        Span<int> offsets = Offsets;
        if (offsets[0] != 0 || offsets[Bags] != Count)
        {
            throw new ArgumentException($"{name}: offsets run from {offsets[0]} to {offsets[Bags]}, but there are {Count} indices; they must run from 0 to {Count}.");
        }

        for (int b = 0; b < Bags; b++)
        {
            if (offsets[b + 1] < offsets[b])
            {
                throw new ArgumentException($"{name}: offset {b + 1} is {offsets[b + 1]}, below offset {b}, {offsets[b]}; offsets must not fall.");
            }

            if (offsets[b + 1] > Count)
            {
                throw new ArgumentException($"{name}: offset {b + 1} is {offsets[b + 1]}, above the number of indices, {Count}; offsets must not rise beyond it.");
            }

            for (int i = offsets[b]; i < offsets[b + 1]; i++)
            {
                if ((ulong)_indices[i] >= (ulong)rows)
                {
                    throw new ArgumentOutOfRangeException(
                        nameof(rows), $"{name}: bag {b} has index {_indices[i]}, but the table has rows 0 to {rows - 1}. Convert the data again with this table's vocabulary, or choose another policy for ids out of range.");
                }
            }
        }
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            Array.Resize(ref array, Math.Max(length, array.Length * 2));
        }
    }
}
