using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Training;

namespace Dlrm.Tests.Support;

/// <summary>Turns a state into lines of text, one a tensor, that are equal only when all bits are.</summary>
internal sealed class Snapshot : IStateWriter
{
    private readonly SortedDictionary<string, string> _lines = new(StringComparer.Ordinal);

    /// <summary>Describes a state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>Its lines.</returns>
    internal static string[] Of(MemoryState state)
    {
        Snapshot snapshot = new();
        state.CopyTo(snapshot, string.Empty);
        return [.. snapshot._lines.Select(line => $"{line.Key}: {line.Value}")];
    }

    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values) =>
        _lines[name] = string.Join('×', shape.ToArray()) + " " + string.Join(' ', values.ToArray().Select(value => BitConverter.SingleToInt32Bits(value).ToString("x8")));

    public void Write(string name, ReadOnlySpan<double> values) =>
        _lines[name] = string.Join(' ', values.ToArray().Select(value => BitConverter.DoubleToInt64Bits(value).ToString("x16")));

    public void Write(string name, ReadOnlySpan<long> values) => _lines[name] = string.Join(' ', values.ToArray());
}
