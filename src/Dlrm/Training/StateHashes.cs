using System.Runtime.InteropServices;
using System.Text;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Hashes named tensors, each with its name and shape: equal states have equal hashes.</summary>
internal sealed class StateHashes : IStateWriter
{
    private const int MostElements = 1 << 16;
    private readonly List<string> _names = [];
    private readonly List<uint> _hashes = [];
    private float[] _part = [];

    /// <summary>Gets the names in the order of writing.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>Gets the hashes in the same order.</summary>
    internal ReadOnlySpan<uint> Hashes => CollectionsMarshal.AsSpan(_hashes);

    /// <summary>Forgets everything.</summary>
    internal void Clear()
    {
        _names.Clear();
        _hashes.Clear();
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        long length = 1;
        foreach (long size in shape)
        {
            length *= size;
        }

        Crc32C hash = Start(name, MemoryMarshal.AsBytes(shape));
        if (_part.Length == 0)
        {
            _part = new float[MostElements];
        }

        for (long from = 0; from < length; from += MostElements)
        {
            Span<float> part = _part.AsSpan(0, (int)Math.Min(MostElements, length - from));
            values.CopyTo(part, from);
            hash.Append(MemoryMarshal.AsBytes(part));
        }

        Add(name, hash);
    }

    /// <inheritdoc/>
    /// <remarks>Rows that are spread over workers differ; name and shape are the same.</remarks>
    public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values) => Add(name, Start(name, MemoryMarshal.AsBytes(shape)));

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<double> values) => Add(name, Start(name, MemoryMarshal.AsBytes(values)));

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> values) => Add(name, Start(name, MemoryMarshal.AsBytes(values)));

    private static Crc32C Start(string name, ReadOnlySpan<byte> bytes)
    {
        Crc32C hash = new();
        hash.Append(Encoding.UTF8.GetBytes(name));
        hash.Append(bytes);
        return hash;
    }

    private void Add(string name, Crc32C hash)
    {
        _names.Add(name);
        _hashes.Add(hash.Value);
    }
}
