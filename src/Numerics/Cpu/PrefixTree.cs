namespace Dlrm.Numerics.Cpu;

/// <summary>Holds the distinct prefixes (i0), (i0, i1) … of a list of mixed-radix ids: what ids share is computed once.</summary>
/// <remarks>Memory is proportional to the longest list seen, not to the mode sizes.</remarks>
internal sealed unsafe class PrefixTree : IDisposable
{
    private readonly int[] _histogram = new int[2048];
    private PrefixLevel[] _levels = [];

    /// <summary>Gets the levels; as many as the last build had modes are in use.</summary>
    internal PrefixLevel[] Levels => _levels;

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes
    {
        get
        {
            long sum = 0;
            foreach (PrefixLevel level in _levels)
            {
                sum += level.Bytes;
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PrefixLevel level in _levels)
        {
            level.Dispose();
        }
    }

    /// <summary>Builds the tree; the nodes of the last level are the ids, in their order.</summary>
    /// <param name="modes">The radices, most significant first.</param>
    /// <param name="ids">Distinct ids, ascending.</param>
    /// <param name="count">How many.</param>
    internal void Build(ReadOnlySpan<int> modes, long* ids, int count)
    {
        int order = modes.Length;
        Prepare(modes, count);
        int* digits = stackalloc int[order];
        for (int u = 0; u < count; u++)
        {
            long rest = ids[u];
            for (int k = order - 1; k > 0; k--)
            {
                // 32-bit division is several times faster than 64-bit division.
                (rest, long digit) = (ulong)rest <= uint.MaxValue
                    ? ((long)((uint)rest / (uint)modes[k]), (long)((uint)rest % (uint)modes[k]))
                    : (rest / modes[k], rest % modes[k]);
                digits[k] = (int)digit;
            }

            digits[0] = (int)rest;
            int changed = 0;
            while (u > 0 && changed < order - 1 && digits[changed] == _levels[changed].Digit[_levels[changed].Count - 1])
            {
                changed++;
            }

            for (int k = changed; k < order; k++)
            {
                PrefixLevel level = _levels[k];
                int node = level.Count++;
                level.Digit[node] = digits[k];
                level.Parent[node] = k == 0 ? 0 : _levels[k - 1].Count - 1;
                level.ChildStart[node] = k + 1 < order ? _levels[k + 1].Count : 0;
            }
        }

        _levels[0].KeepOrder();
        for (int k = 0; k < order; k++)
        {
            _levels[k].ChildStart[_levels[k].Count] = k + 1 < order ? _levels[k + 1].Count : 0;
            if (k > 0)
            {
                _levels[k].SortByDigit(_histogram);
            }
        }
    }

    private void Prepare(ReadOnlySpan<int> modes, int count)
    {
        if (_levels.Length < modes.Length)
        {
            int old = _levels.Length;
            Array.Resize(ref _levels, modes.Length);
            for (int k = old; k < modes.Length; k++)
            {
                _levels[k] = new PrefixLevel();
            }
        }

        for (int k = 0; k < modes.Length; k++)
        {
            _levels[k].Prepare(modes[k], count);
        }
    }
}
