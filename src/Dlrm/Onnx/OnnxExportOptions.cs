namespace Dlrm.Onnx;

/// <summary>How a model becomes an ONNX graph.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Gets the sparse features that have bags of any number of ids: each gets inputs of its own. The others have one id a sample.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyCollection<string> BagFeatures { get; init; } = [];

    /// <summary>Gets those of <see cref="BagFeatures"/> whose ids have weights.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyCollection<string> WeightedFeatures { get; init; } = [];

    /// <summary>Gets the bytes of numbers above which they go to a second file; a file of protocol buffers ends at 2 GiB.</summary>
    /// <value>The default is 2·10⁹.</value>
    public long MostInlineBytes { get; init; } = 2_000_000_000;
}
