using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression.Methods;

/// <summary>Writes the numbers of one table under its name in a model.</summary>
/// <param name="device">Where the buffers live.</param>
/// <param name="feature">The table's feature.</param>
/// <param name="state">Receives the tensors.</param>
internal sealed class TableWriter(IDevice device, string feature, IStateWriter state)
{
    /// <summary>Gets the table's name in a model.</summary>
    internal string Name { get; } = NameOf(feature);

    /// <summary>Gets the name of a table in a model.</summary>
    /// <param name="feature">Its feature.</param>
    /// <returns>"tables.C3".</returns>
    internal static string NameOf(string feature) => $"tables.{feature}";

    /// <summary>Writes a tensor.</summary>
    /// <param name="suffix">What follows the table's name: ".core.0", or nothing.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="values">Its numbers, row-major.</param>
    internal void Write(string suffix, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        using DeviceBuffer<float> buffer = device.Allocate<float>(values.Length);
        buffer.CopyFrom(values);
        state.Write(Name + suffix, shape, buffer);
    }

    /// <summary>Writes the order in which rows are stored.</summary>
    /// <param name="places">The position of every id's row.</param>
    internal void WriteOrder(ReadOnlySpan<int> places) => state.Write(Name + ".order", RowOrderParameter.Pack(places));

    /// <summary>Writes the ranks of a low-rank table.</summary>
    /// <param name="ranks">One for each bond.</param>
    internal void WriteRanks(IEnumerable<int> ranks) => state.Write(Name + ".ranks", ranks.Select(static size => (long)size).ToArray());
}
