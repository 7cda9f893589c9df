using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Dlrm.Embeddings;

namespace Dlrm;

/// <summary>The layers of a multilayer perceptron and the storage of their weights; a list of sizes is short for dense layers.</summary>
[CollectionBuilder(typeof(MlpOptions), nameof(Of))]
public sealed record MlpOptions
{
    /// <summary>Gets the outputs of each layer.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [];

    /// <summary>Gets the low-rank format of weights; null: every layer is dense.</summary>
    /// <value>The default is null.</value>
    public TensorFormat? Format { get; init; }

    /// <summary>Gets how modes are chosen.</summary>
    /// <value>The default is Balanced.</value>
    public ModeLayout Layout { get; init; } = ModeLayout.Balanced;

    /// <summary>Gets the number of row modes, and of column modes, when modes are balanced.</summary>
    /// <value>The default is 2.</value>
    public int Order { get; init; } = 2;

    /// <summary>Gets the starting rank of every bond (capped at what the format can use).</summary>
    /// <value>The default is 16.</value>
    public int StartRank { get; init; } = 16;

    /// <summary>Gets the number of weight entries up to which a layer stays dense.</summary>
    /// <value>The default is 1,000.</value>
    public long CompressAbove { get; init; } = 1000;

    /// <summary>Gets the exact format of each layer, null for a dense one, when a compact model says it; empty: chosen.</summary>
    [JsonIgnore]
    internal IReadOnlyList<LowRankOptions?> Layers { get; init; } = [];

    /// <summary>Gets a value indicating whether nothing but sizes is set.</summary>
    [JsonIgnore]
    internal bool IsSizesOnly => this == new MlpOptions { Sizes = Sizes, Layers = Layers };

    /// <summary>Makes dense layers: what <c>[64, 16]</c> means.</summary>
    /// <param name="sizes">The outputs of each layer.</param>
    /// <returns>The options.</returns>
    public static MlpOptions Of(ReadOnlySpan<int> sizes) => new() { Sizes = sizes.ToArray() };

    /// <summary>Enumerates the sizes.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<int> GetEnumerator() => Sizes.GetEnumerator();

    /// <summary>Makes the format of one layer's weight.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="inputs">n.</param>
    /// <param name="outputs">m.</param>
    /// <returns>The format with its starting ranks, or null for a dense weight.</returns>
    /// <exception cref="ArgumentException">Modes that a compact model gives don't fit.</exception>
    public LowRankFormat? FormatOf(int layer, int inputs, int outputs)
    {
        if (Layers.Count > 0)
        {
            return layer < Layers.Count && Layers[layer] is LowRankOptions exact ? LinearFormats.Create(exact, outputs, inputs) : null;
        }

        if (Format is not TensorFormat format || (long)inputs * outputs <= CompressAbove)
        {
            return null;
        }

        LowRankFormat made = LinearFormats.Create(new LowRankOptions { Format = format, Layout = Layout, Order = Order, StartRank = StartRank }, outputs, inputs);
        return format == TensorFormat.Auto && made.Parameters >= (long)inputs * outputs ? null : made;
    }

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        if (Sizes.Any(size => size is < 1 or > 65536))
        {
            yield return $"{path} is [{string.Join(", ", Sizes)}]; every layer must be in [1, 65536].";
        }

        if (Order is < 2 or > 12)
        {
            yield return $"{path}.order is {Order}; it must be in [2, 12].";
        }

        if (StartRank is < 1 or > 1024)
        {
            yield return $"{path}.startRank is {StartRank}; it must be in [1, 1024].";
        }

        if (CompressAbove < 0)
        {
            yield return $"{path}.compressAbove is {CompressAbove}; it must be 0 or above.";
        }
    }
}
