using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Cpu;

/// <summary>Holds the distinct prefixes (i0), (i0, i1) … of a list of mixed-radix ids: what ids share is computed once.</summary>
/// <remarks>Memory is proportional to the longest list seen, not to the mode sizes.</remarks>
internal sealed unsafe class PrefixTree : IDisposable
{
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Build(ReadOnlySpan<int> modes, long* ids, int count)
    {
        int order = modes.Length;
        Prepare(modes, count);
        int* digits = stackalloc int[order];
        ulong* reciprocals = stackalloc ulong[order];
        NodeList* lists = stackalloc NodeList[order + 1];
        for (int k = 0; k < order; k++)
        {
            reciprocals[k] = Reciprocal(modes[k]);
            lists[k] = new NodeList { Digit = _levels[k].Digit, Parent = _levels[k].Parent, ChildStart = _levels[k].ChildStart, LastDigit = -1 };
        }

        lists[order] = default;
        for (int u = 0; u < count; u++)
        {
            long rest = ids[u];
            for (int k = order - 1; k > 0; k--)
            {
                long quotient = (ulong)rest <= uint.MaxValue && modes[k] > 1 ? (long)Math.BigMul(reciprocals[k], (ulong)rest, out _) : rest / modes[k];
                digits[k] = (int)(rest - (quotient * modes[k]));
                rest = quotient;
            }

            digits[0] = (int)rest;
            int changed = 0;
            while (changed < order - 1 && digits[changed] == lists[changed].LastDigit)
            {
                changed++;
            }

            for (int k = changed; k < order; k++)
            {
                NodeList* list = lists + k;
                int node = list->Count++;
                list->Digit[node] = list->LastDigit = digits[k];
                list->Parent[node] = k == 0 ? 0 : list[-1].Count - 1;
                list->ChildStart[node] = list[1].Count;
            }
        }

        for (int k = 0; k < order; k++)
        {
            _levels[k].Count = lists[k].Count;
        }

        for (int k = 0; k < order; k++)
        {
            _levels[k].ChildStart[_levels[k].Count] = k + 1 < order ? _levels[k + 1].Count : 0;
        }
    }

    /// <summary>Gets ⌊2⁶⁴/m⌋ + 1: the upper half of its product with a 32-bit number is that number divided by m, exactly.</summary>
    /// <remarks>Source: Lemire, Kaser, Kurz, "Faster remainder by direct computation", Software: Practice and Experience 2019.</remarks>
    private static ulong Reciprocal(int mode) => (ulong.MaxValue / (ulong)mode) + 1;

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

    /// <summary>The addresses and the count of a level while nodes are appended.</summary>
    private struct NodeList
    {
        internal int* Digit;
        internal int* Parent;
        internal int* ChildStart;
        internal int LastDigit;
        internal int Count;
    }
}
