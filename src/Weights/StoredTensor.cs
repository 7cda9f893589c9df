using System.Security.Cryptography;

namespace Dlrm.Weights;

/// <summary>A tensor as it lies in a file: a view of some storage, read in blocks and never whole.</summary>
/// <remarks>
/// <code>element (i[0], i[1], …) is number Offset + Σ i[k]·Strides[k] of the storage; every such place is inside of it</code>
/// <para>As a matrix it has the first axis as rows and all others, in C order, as columns; a vector has one column, a scalar is 1 × 1.</para>
/// </remarks>
public sealed class StoredTensor
{
    private const int MostDimensions = 64;
    private const int BlockBytes = 1 << 18;

    private StoredTensor(string name, ElementType type, long[] shape, long[] strides, long offset, bool isBigEndian, string storage, ByteSource source)
    {
        Name = name;
        Type = type;
        Shape = shape;
        Strides = strides;
        Offset = offset;
        IsBigEndian = isBigEndian;
        Storage = storage;
        Source = source;
        Elements = shape.Aggregate(1L, static (product, size) => product * size);
        Rows = shape.Length == 0 ? 1 : shape[0];
        Columns = Rows == 0 ? 0 : Elements / Rows;
    }

    /// <summary>Gets the name: the keys that lead to it, joined by dots.</summary>
    public string Name { get; }

    /// <summary>Gets how an element is written.</summary>
    public ElementType Type { get; }

    /// <summary>Gets the sizes of the axes.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Gets the steps of the axes, in elements; never negative.</summary>
    public IReadOnlyList<long> Strides { get; }

    /// <summary>Gets the first element's number in the storage.</summary>
    public long Offset { get; }

    /// <summary>Gets a value indicating whether the elements are written with their highest byte first.</summary>
    public bool IsBigEndian { get; }

    /// <summary>Gets the name of the storage: an entry of a zip file, or empty when the file has only one place for it.</summary>
    public string Storage { get; }

    /// <summary>Gets the number of elements.</summary>
    public long Elements { get; }

    /// <summary>Gets the bytes of the elements.</summary>
    public long Bytes => Elements * ElementTypes.BytesOf(Type);

    /// <summary>Gets the size of the first axis; 1 for a scalar.</summary>
    public long Rows { get; }

    /// <summary>Gets the product of the sizes of the other axes.</summary>
    public long Columns { get; }

    /// <summary>Gets the storage.</summary>
    internal ByteSource Source { get; }

    /// <summary>Reads rows as float32.</summary>
    /// <remarks>Cost: one positioned read where the rows lie together, else one for each row or column; memory besides <paramref name="destination"/>: 256 KiB, or one row.</remarks>
    /// <param name="firstRow">The first row.</param>
    /// <param name="destination">Receives whole rows, row-major.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not in the tensor.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is no whole number of rows.</exception>
    /// <exception cref="WeightFormatException">The elements are complex, or can't be read.</exception>
    public void ReadRows(long firstRow, Span<float> destination)
    {
        long rows = CheckRows(firstRow, destination.Length, 1);
        if (Type is ElementType.Complex64 or ElementType.Complex128)
        {
            throw new WeightFormatException(Source.Path, $"Tensor '{WeightFormatException.Printable(Name)}' has complex numbers, and real ones are needed.", "Save its real and imaginary parts.");
        }

        int size = ElementTypes.BytesOf(Type);
        byte[] block = new byte[BlockLength(rows, size)];
        long rowsOfBlock = Math.Max(1, block.Length / Math.Max(1, Columns * size));
        for (long row = 0; row < rows && Columns > 0; row += rowsOfBlock)
        {
            long count = Math.Min(rowsOfBlock, rows - row);
            Span<byte> raw = block.AsSpan(0, checked((int)(count * Columns * size)));
            TensorBlocks.Read(this, firstRow + row, count, raw);
            FloatConversion.ToSingle(Type, raw, destination.Slice((int)(row * Columns), (int)(count * Columns)));
        }
    }

    /// <summary>Computes the SHA-256 of the elements in C order, little-endian, whatever their order in the file is.</summary>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="WeightFormatException">The elements can't be read.</exception>
    public string Sha256()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int size = ElementTypes.BytesOf(Type);
        byte[] block = new byte[BlockLength(Rows, size)];
        long rowsOfBlock = Math.Max(1, block.Length / Math.Max(1, Columns * size));
        for (long row = 0; row < Rows && Columns > 0; row += rowsOfBlock)
        {
            long count = Math.Min(rowsOfBlock, Rows - row);
            Span<byte> raw = block.AsSpan(0, checked((int)(count * Columns * size)));
            TensorBlocks.Read(this, row, count, raw);
            hash.AppendData(raw);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Makes a tensor whose every element is inside its storage.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">How an element is written.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="strides">The steps in elements; null: C order.</param>
    /// <param name="offset">The first element's number in the storage.</param>
    /// <param name="isBigEndian">The byte order.</param>
    /// <param name="storage">The storage's name.</param>
    /// <param name="source">The storage.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="WeightFormatException">It is not inside, has negative sizes or steps, or more elements than its storage.</exception>
    internal static StoredTensor Create(string name, ElementType type, long[] shape, long[]? strides, long offset, bool isBigEndian, string storage, ByteSource source)
    {
        WeightFormatException Refuse(string what) => new(source.Path, $"Tensor '{WeightFormatException.Printable(name)}' {what}");
        if (shape.Length > MostDimensions)
        {
            throw Refuse($"has {shape.Length} axes; {MostDimensions} are the most.");
        }

        strides ??= ContiguousStrides(shape);
        if (strides.Length != shape.Length)
        {
            throw Refuse($"has {shape.Length} sizes and {strides.Length} strides.");
        }

        if (offset < 0 || shape.Any(static size => size < 0) || strides.Any(static stride => stride < 0))
        {
            throw Refuse($"has a negative offset, size or stride: offset {offset}, shape ({string.Join(", ", shape)}), strides ({string.Join(", ", strides)}).");
        }

        long capacity = source.Length / ElementTypes.BytesOf(type);
        Int128 elements = 1;
        Int128 last = offset;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            elements = Int128.Min(elements * shape[axis], Int128.MaxValue >> 64);
            last += Math.Max(0, shape[axis] - 1) * (Int128)strides[axis];
        }

        elements = shape.Contains(0) ? 0 : elements;
        if (elements > 0 && last >= capacity)
        {
            throw Refuse($"reaches element {last} of a storage that has {capacity}: offset {offset}, shape ({string.Join(", ", shape)}), strides ({string.Join(", ", strides)}).");
        }

        if (elements > capacity)
        {
            throw Refuse($"has {elements} elements in a storage of {capacity}: its rows overlap. Save a copy (tensor.contiguous()).");
        }

        return new StoredTensor(name, type, shape, strides, offset, isBigEndian, storage, source);
    }

    /// <summary>Gets the steps of C order.</summary>
    /// <param name="shape">The sizes.</param>
    /// <returns>The steps in elements; arbitrary where they would be too large for any file.</returns>
    internal static long[] ContiguousStrides(ReadOnlySpan<long> shape)
    {
        long[] strides = new long[shape.Length];
        Int128 step = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = (long)Int128.Min(step, long.MaxValue);
            step = Int128.Min(step * Int128.Max(1, shape[axis]), Int128.MaxValue >> 64);
        }

        return strides;
    }

    private int BlockLength(long rows, int size) => checked((int)Math.Min(rows * Columns * size, Math.Max(BlockBytes, Columns * size)));

    private long CheckRows(long firstRow, int length, int perElement)
    {
        if (length == 0)
        {
            return 0;
        }

        if (Columns == 0 || length % (Columns * perElement) != 0)
        {
            throw new ArgumentException($"The destination has room for {length} elements, and a row has {Columns}.", nameof(length));
        }

        long rows = length / (Columns * perElement);
        if (firstRow < 0 || firstRow > Rows - rows)
        {
            throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, $"Rows {firstRow} to {firstRow + rows} of a tensor of {Rows} were asked for.");
        }

        return rows;
    }
}
