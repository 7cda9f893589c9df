namespace Dlrm.Weights.Words;

/// <summary>Reads a source forwards, in lines or in counted bytes.</summary>
/// <param name="source">The source.</param>
internal sealed class LineReader(ByteSource source)
{
    private const int FirstBufferBytes = 1 << 14;
    private const int MostLineBytes = 1 << 22;

    private byte[] _buffer = new byte[(int)Math.Clamp(source.Length, 1, FirstBufferBytes)];
    private long _filled;
    private int _start;
    private int _end;

    /// <summary>Gets the place of the next byte.</summary>
    internal long Position => _filled - (_end - _start);

    /// <summary>Takes bytes up to a mark.</summary>
    /// <param name="mark">The byte that ends them; taken too, and left out.</param>
    /// <param name="bytes">The bytes, until the next call.</param>
    /// <returns>False at the end of the source; the last bytes need no mark behind them.</returns>
    /// <exception cref="WeightFormatException">There are more than 4 MiB of them.</exception>
    internal bool TryReadTo(byte mark, out ReadOnlySpan<byte> bytes)
    {
        int searched = 0;
        while (true)
        {
            int at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf(mark);
            if (at >= 0)
            {
                bytes = _buffer.AsSpan(_start, searched + at);
                _start += searched + at + 1;
                return true;
            }

            searched = _end - _start;
            if (!Fill())
            {
                bytes = _buffer.AsSpan(_start, searched);
                _start = _end;
                return searched > 0;
            }
        }
    }

    /// <summary>Takes one byte if it is next.</summary>
    /// <param name="expected">The byte.</param>
    internal void Skip(byte expected)
    {
        if ((_start < _end || Fill()) && _buffer[_start] == expected)
        {
            _start++;
        }
    }

    /// <summary>Takes bytes.</summary>
    /// <param name="destination">Filled whole.</param>
    /// <returns>False when the source ends before.</returns>
    internal bool TryRead(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_start == _end && !Fill())
            {
                return false;
            }

            int count = Math.Min(destination.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(destination);
            _start += count;
            destination = destination[count..];
        }

        return true;
    }

    private bool Fill()
    {
        if (_filled == source.Length)
        {
            return false;
        }

        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MostLineBytes)
            {
                throw new WeightFormatException(source.Path, $"A line or word before byte {_filled} is longer than {MostLineBytes} bytes.");
            }

            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        int count = (int)Math.Min(_buffer.Length - _end, source.Length - _filled);
        source.Read(_filled, _buffer.AsSpan(_end, count));
        _end += count;
        _filled += count;
        return true;
    }
}
