using System.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The order in which the rows of a table are stored: a permutation, found once and never trained.</summary>
/// <remarks>
/// <code>
/// place[id]     the position of row id among the stored rows
/// NAME          ⌈I·b / 64⌉ integers of 64 bits; bits [id·b, (id + 1)·b) of their concatenation, the lowest first, are place[id];  b = ⌈log2 I⌉, at least 1
/// </code>
/// </remarks>
public sealed class RowOrderParameter : Parameter
{
    private const int WordBits = 64;
    private int[] _places;

    /// <summary>Initializes a new instance of the <see cref="RowOrderParameter"/> class with rows in the order of their ids.</summary>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="rows">I.</param>
    public RowOrderParameter(string name, long rows)
        : base(name)
    {
        _places = new int[checked((int)rows)];
        for (int id = 0; id < _places.Length; id++)
        {
            _places[id] = id;
        }
    }

    /// <summary>Gets the position of every id's row.</summary>
    public ReadOnlySpan<int> Places => _places;

    /// <summary>Gets the bytes of the stored permutation.</summary>
    public long StoredBytes => Words(_places.Length) * sizeof(long);

    /// <inheritdoc/>
    /// <remarks>None: a permutation is not counted in numbers, but in bytes.</remarks>
    public override long StoredElements => 0;

    /// <inheritdoc/>
    public override long WorkingBytes => 0;

    /// <summary>Counts the integers that a permutation is stored in.</summary>
    /// <param name="rows">I.</param>
    /// <returns>⌈I·b / 64⌉.</returns>
    public static long Words(long rows) => (long)((((UInt128)rows * (uint)Bits(rows)) + WordBits - 1) / WordBits);

    /// <summary>Packs a permutation.</summary>
    /// <param name="places">The position of every id's row.</param>
    /// <returns>What <see cref="Save"/> writes.</returns>
    public static long[] Pack(ReadOnlySpan<int> places)
    {
        int bits = Bits(places.Length);
        long[] words = new long[Words(places.Length)];
        for (int id = 0; id < places.Length; id++)
        {
            (long word, int shift) = ((long)id * bits / WordBits, (int)((long)id * bits % WordBits));
            words[word] |= (long)((ulong)places[id] << shift);
            if (shift + bits > WordBits)
            {
                words[word + 1] |= (long)((ulong)places[id] >> (WordBits - shift));
            }
        }

        return words;
    }

    /// <inheritdoc/>
    public override void ClearGradient()
    {
    }

    /// <inheritdoc/>
    public override double GradientSumOfSquares() => 0;

    /// <inheritdoc/>
    public override void Step(in StepContext context)
    {
    }

    /// <inheritdoc/>
    public override void Save(IStateWriter writer, StateParts parts)
    {
        if (parts.HasFlag(StateParts.Values))
        {
            writer.Write(Name, Pack(_places));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">What is stored is no permutation of the rows.</exception>
    public override void Load(IStateReader reader, StateParts parts)
    {
        if (parts.HasFlag(StateParts.Values))
        {
            _places = Unpack(reader.ReadIntegers(Name));
        }
    }

    /// <inheritdoc/>
    public override bool IsFinite() => true;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    private static int Bits(long rows) => Math.Max(1, WordBits - BitOperations.LeadingZeroCount((ulong)(rows - 1)));

    private int[] Unpack(long[] words)
    {
        int rows = _places.Length;
        int bits = Bits(rows);
        if (words.Length != Words(rows))
        {
            throw new InvalidDataException($"'{Name}' has {words.Length} words, but the order of {rows} rows takes {Words(rows)}.");
        }

        int[] places = new int[rows];
        bool[] isTaken = new bool[rows];
        for (int id = 0; id < rows; id++)
        {
            (long word, int shift) = ((long)id * bits / WordBits, (int)((long)id * bits % WordBits));
            ulong value = (ulong)words[word] >> shift;
            if (shift + bits > WordBits)
            {
                value |= (ulong)words[word + 1] << (WordBits - shift);
            }

            value &= (1UL << bits) - 1;
            if (value >= (ulong)rows || isTaken[value])
            {
                throw new InvalidDataException($"'{Name}' puts row {id} at place {value}, which {(value < (ulong)rows ? "another row has" : $"is beyond the {rows} rows")}: it is no order of rows.");
            }

            isTaken[value] = true;
            places[id] = (int)value;
        }

        return places;
    }
}
