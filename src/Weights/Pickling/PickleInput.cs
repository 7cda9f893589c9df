using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Dlrm.Weights.Pickling;

/// <summary>Reads the bytes of a pickle forwards, charging for every text before it is allocated.</summary>
internal sealed class PickleInput
{
    private const int BufferBytes = 1 << 13;
    private const int MostLineBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly long _length;
    private readonly string _path;
    private readonly ReadBudget _budget;
    private readonly string _name;
    private readonly byte[] _buffer;
    private long _bufferStart;
    private int _bufferCount;
    private int _next;

    /// <summary>Initializes a new instance of the <see cref="PickleInput"/> class.</summary>
    /// <param name="stream">The bytes; read forwards, so that a compressed pickle need not be unpacked whole. Left open.</param>
    /// <param name="length">How many bytes there are, as far as is known.</param>
    /// <param name="path">The file, for errors.</param>
    /// <param name="name">What errors call the pickle: "data.pkl".</param>
    /// <param name="budget">Charged.</param>
    internal PickleInput(Stream stream, long length, string path, string name, ReadBudget budget)
    {
        _stream = stream;
        _length = length;
        _path = path;
        _name = name;
        _budget = budget;
        _buffer = new byte[(int)Math.Clamp(length, 1, BufferBytes)];
    }

    /// <summary>Gets the budget.</summary>
    internal ReadBudget Budget => _budget;

    /// <summary>Gets the place of the next byte.</summary>
    internal long Position => _bufferStart + _next;

    /// <summary>Gets the bytes left.</summary>
    internal long Left => _length - Position;

    /// <summary>Reads one byte.</summary>
    /// <returns>The byte.</returns>
    internal byte ReadByte()
    {
        if (_next == _bufferCount)
        {
            Refill();
        }

        return _buffer[_next++];
    }

    /// <summary>Reads a number of 2 bytes.</summary>
    /// <returns>The number.</returns>
    internal int ReadUInt16() => ReadByte() | (ReadByte() << 8);

    /// <summary>Reads a number of 4 bytes.</summary>
    /// <returns>The number.</returns>
    internal uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        ReadInto(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>Reads a number of 8 bytes.</summary>
    /// <returns>The number.</returns>
    internal ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        ReadInto(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Reads a float64, highest byte first.</summary>
    /// <returns>The number.</returns>
    internal double ReadDouble()
    {
        Span<byte> bytes = stackalloc byte[8];
        ReadInto(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="length">How many.</param>
    /// <returns>The bytes.</returns>
    internal byte[] ReadBytes(ulong length)
    {
        int count = Expect(length);
        _budget.Charge(32L + count);
        byte[] bytes = new byte[count];
        ReadInto(bytes);
        return bytes;
    }

    /// <summary>Reads a text in UTF-8.</summary>
    /// <param name="length">Its bytes.</param>
    /// <returns>The text; bytes that are no UTF-8 become replacement characters.</returns>
    internal string ReadText(ulong length)
    {
        int count = Expect(length);
        _budget.Charge(32L + (2L * count));
        if (count <= _bufferCount - _next)
        {
            string text = Encoding.UTF8.GetString(_buffer, _next, count);
            _next += count;
            return text;
        }

        _budget.Charge(count);
        byte[] bytes = new byte[count];
        ReadInto(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads a line, without its end.</summary>
    /// <returns>The line.</returns>
    internal string ReadLine()
    {
        StringBuilder line = new();
        for (byte next = ReadByte(); next != (byte)'\n'; next = ReadByte())
        {
            if (line.Length >= MostLineBytes)
            {
                throw Refuse($"a line is longer than {MostLineBytes} bytes");
            }

            line.Append((char)next);
        }

        _budget.Charge(64L + (4L * line.Length));
        return line.ToString();
    }

    /// <summary>Makes the exception of a pickle that is refused here.</summary>
    /// <param name="what">What is wrong.</param>
    /// <returns>The exception.</returns>
    internal WeightFormatException Refuse(string what) =>
        new(_path, string.Create(CultureInfo.InvariantCulture, $"Its pickle {_name} is refused before byte {Position}: {what}."));

    private int Expect(ulong length) =>
        length <= (ulong)Math.Min(Left, Array.MaxLength) ? (int)length : throw Refuse($"a text or number of {length} bytes is announced, and {Left} bytes are left");

    private void ReadInto(Span<byte> destination)
    {
        int buffered = Math.Min(destination.Length, _bufferCount - _next);
        _buffer.AsSpan(_next, buffered).CopyTo(destination);
        _next += buffered;
        if (buffered < destination.Length)
        {
            if (destination.Length - buffered > Left)
            {
                throw Refuse("it is cut short");
            }

            long end = Position + destination.Length - buffered;
            if (ReadFrom(destination[buffered..]) < destination.Length - buffered)
            {
                throw Refuse("it is cut short");
            }

            (_bufferStart, _bufferCount, _next) = (end, 0, 0);
        }
    }

    private void Refill()
    {
        (_bufferStart, _bufferCount, _next) = (Position, 0, 0);
        _bufferCount = ReadFrom(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, _length - _bufferStart)));
        if (_bufferCount == 0)
        {
            throw Refuse("it is cut short");
        }
    }

    private int ReadFrom(Span<byte> destination)
    {
        try
        {
            return _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException exception)
        {
            throw new WeightFormatException(_path, $"Its pickle {_name} can't be unpacked.", innerException: exception);
        }
    }
}
