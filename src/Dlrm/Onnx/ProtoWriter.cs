using System.Buffers;
using System.Text;

namespace Dlrm.Onnx;

/// <summary>Writes one message in protocol buffers' wire format: only what ONNX files need.</summary>
/// <remarks>
/// <code>
/// field = varint(number · 8 + type), type 0: varint; type 2: varint(length), bytes: texts, messages, raw numbers
/// </code>
/// <para>A message's length stands before it, so messages are made from the inside out; a field of raw numbers can be announced and then streamed.</para>
/// <para>Source: protobuf.dev, "Encoding".</para>
/// </remarks>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Gets the bytes so far.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>Writes an integer.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="value">The value; negative ones take ten bytes.</param>
    /// <returns>This message.</returns>
    internal ProtoWriter Integer(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    /// <summary>Writes integers, one field each.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="values">The values.</param>
    /// <returns>This message.</returns>
    internal ProtoWriter Integers(int field, IEnumerable<long> values)
    {
        foreach (long value in values)
        {
            Integer(field, value);
        }

        return this;
    }

    /// <summary>Writes a text.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="text">The text; stored as UTF-8.</param>
    /// <returns>This message.</returns>
    internal ProtoWriter Text(int field, string text) => Raw(field, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a message.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="inner">The message, complete.</param>
    /// <returns>This message.</returns>
    internal ProtoWriter Message(int field, ProtoWriter inner) => Raw(field, inner.Bytes);

    /// <summary>Announces bytes that the caller writes after this message's own.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="length">Their number.</param>
    /// <returns>This message.</returns>
    internal ProtoWriter Announce(int field, long length)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)length);
        return this;
    }

    private ProtoWriter Raw(int field, ReadOnlySpan<byte> bytes)
    {
        Announce(field, bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value >= 128; value >>= 7)
        {
            _bytes.Write([(byte)(value | 128)]);
        }

        _bytes.Write([(byte)value]);
    }
}
