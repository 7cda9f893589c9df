using System.Runtime.InteropServices;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Writes named tensors as a safetensors file, block by block.</summary>
/// <remarks>
/// <para>The header stands before the tensors, so the content is asked for twice: once for names and shapes, once for the numbers. No tensor is held in memory.</para>
/// <para>Same content, same bytes. Little-endian machines only, as the rest of the library.</para>
/// </remarks>
public sealed class SafetensorsWriter : ITensorFileWriter
{
    private const int BlockBytes = 1 << 20;

    private readonly Stream _stream;
    private readonly IReadOnlyList<SafetensorsEntry> _plan;
    private readonly List<TensorChecksum> _checksums = [];
    private readonly byte[] _block = new byte[BlockBytes];

    private SafetensorsWriter(Stream stream, IReadOnlyList<SafetensorsEntry> plan)
    {
        _stream = stream;
        _plan = plan;
    }

    /// <summary>Writes a file.</summary>
    /// <param name="stream">Receives the bytes, from its present place on; not closed.</param>
    /// <param name="content">Writes the tensors; called twice and must do the same both times.</param>
    /// <param name="metadata">Free texts for the header.</param>
    /// <returns>The checksum of each tensor, in file order.</returns>
    /// <exception cref="ArgumentException">A name is empty or there twice, or a buffer is shorter than its shape.</exception>
    /// <exception cref="InvalidOperationException">The second call of <paramref name="content"/> wrote something else.</exception>
    public static IReadOnlyList<TensorChecksum> Save(Stream stream, Action<ITensorFileWriter> content, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(content);
        SafetensorsPlan plan = new();
        content(plan);
        byte[] header = SafetensorsHeader.Build(plan.Entries, metadata);
        if (header.Length - SafetensorsHeader.PrefixBytes > SafetensorsHeader.LongestHeader)
        {
            throw new ArgumentException($"The names and shapes take {header.Length} bytes; a safetensors header has at most {SafetensorsHeader.LongestHeader}.", nameof(content));
        }

        stream.Write(header);
        SafetensorsWriter writer = new(stream, plan.Entries);
        content(writer);
        if (writer._checksums.Count != plan.Entries.Count)
        {
            throw new InvalidOperationException($"The content wrote {plan.Entries.Count} tensors first and {writer._checksums.Count} then; it must do the same both times.");
        }

        return writer._checksums;
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        SafetensorsEntry entry = Next(name, "F32", shape);
        Crc32C checksum = new();
        long elements = entry.Elements;
        Span<float> block = MemoryMarshal.Cast<byte, float>(_block.AsSpan());
        for (long start = 0; start < elements; start += block.Length)
        {
            Span<float> part = block[..(int)Math.Min(block.Length, elements - start)];
            values.CopyTo(part, start);
            Append(part, ref checksum);
        }

        _checksums.Add(new TensorChecksum(name, checksum.Value));
    }

    /// <inheritdoc/>
    /// <remarks>Blocks of rows in ascending order; with more than one worker inside <see cref="RowShards.Lead"/>.</remarks>
    public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Next(name, "F32", shape);
        Crc32C checksum = new();
        Span<float> block = MemoryMarshal.Cast<byte, float>(_block.AsSpan());
        int rows = block.Length / values.Columns;
        for (long first = 0; first < values.Rows; first += rows)
        {
            Span<float> part = block[..((int)Math.Min(rows, values.Rows - first) * values.Columns)];
            values.ReadRows(first, part);
            Append(part, ref checksum);
        }

        _checksums.Add(new TensorChecksum(name, checksum.Value));
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<double> values) => WriteVector(name, "F64", values.Length, MemoryMarshal.AsBytes(values));

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> values) => WriteVector(name, "I64", values.Length, MemoryMarshal.AsBytes(values));

    /// <inheritdoc/>
    public void WriteBytes(string name, string type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        SafetensorsEntry entry = Next(name, type, shape);
        if (bytes.Length != entry.End - entry.Begin)
        {
            throw new ArgumentException($"Tensor '{name}' has {entry.End - entry.Begin} bytes by its shape, and {bytes.Length} are given.", nameof(bytes));
        }

        Crc32C checksum = new();
        checksum.Append(bytes);
        _stream.Write(bytes);
        _checksums.Add(new TensorChecksum(name, checksum.Value));
    }

    private void Append(ReadOnlySpan<float> part, ref Crc32C checksum)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(part);
        checksum.Append(bytes);
        _stream.Write(bytes);
    }

    private void WriteVector(string name, string type, long length, ReadOnlySpan<byte> bytes) => WriteBytes(name, type, [length], bytes);

    private SafetensorsEntry Next(string name, string type, ReadOnlySpan<long> shape)
    {
        SafetensorsEntry? entry = _checksums.Count < _plan.Count ? _plan[_checksums.Count] : null;
        if (entry is null || entry.Name != name || entry.Type != type || !shape.SequenceEqual(entry.Shape.ToArray()))
        {
            throw new InvalidOperationException(
                $"The content wrote '{entry?.Name}' ({entry?.Type}) first and '{name}' ({type}) then; it must do the same both times.");
        }

        return entry;
    }
}
