namespace Dlrm.Data;

/// <summary>Finds the id of a value of one feature.</summary>
/// <remarks>
/// Holds no text: a value is known by its 64-bit hash, 12 bytes of hash and id in an open-addressed array at most 3/4 full, so 16 to 32 bytes a value.
/// Two values of one vocabulary with the same hash are refused while it is made; an unknown value is taken for a known one
/// with probability n/2^64 for n values.
/// </remarks>
internal sealed class VocabularyIndex
{
    /// <summary>The id of rare and unknown values.</summary>
    internal const int Rare = 0;

    /// <summary>The id of a missing value.</summary>
    internal const int Missing = 1;

    /// <summary>The id of the first value.</summary>
    internal const int First = 2;

    private ulong[] _hashes = new ulong[16];
    private int[] _ids = new int[16];
    private int _count;

    /// <summary>Gets the rows of the embedding table: rare, missing, and the values.</summary>
    internal int Rows => First + _count;

    /// <summary>Appends the value of the next id.</summary>
    /// <param name="value">UTF-8.</param>
    /// <returns>False when a value with the same hash is known already.</returns>
    internal bool TryAdd(ReadOnlySpan<byte> value)
    {
        if ((_count + 1) * 4L > _ids.Length * 3L)
        {
            Grow();
        }

        ulong hash = HashOf(value);
        int place = Place(hash);
        if (_hashes[place] == hash)
        {
            return false;
        }

        _hashes[place] = hash;
        _ids[place] = First + _count++;
        return true;
    }

    /// <summary>Finds the id of a value.</summary>
    /// <param name="value">UTF-8.</param>
    /// <returns>The id, <see cref="Rare"/> when the value is unknown.</returns>
    internal int Find(ReadOnlySpan<byte> value) => _ids[Place(HashOf(value))];

    // 0 marks a free place; its id is 0, which is Rare.
    private static ulong HashOf(ReadOnlySpan<byte> value) => XxHash64.Hash(value) is var hash && hash == 0 ? 1 : hash;

    private int Place(ulong hash)
    {
        int mask = _hashes.Length - 1;
        int place = (int)hash & mask;
        while (_hashes[place] != 0 && _hashes[place] != hash)
        {
            place = (place + 1) & mask;
        }

        return place;
    }

    private void Grow()
    {
        ulong[] hashes = _hashes;
        int[] ids = _ids;
        _hashes = new ulong[hashes.Length * 2];
        _ids = new int[hashes.Length * 2];
        for (int i = 0; i < hashes.Length; i++)
        {
            if (hashes[i] != 0)
            {
                int place = Place(hashes[i]);
                _hashes[place] = hashes[i];
                _ids[place] = ids[i];
            }
        }
    }
}
