namespace Dlrm.Weights.Pickling;

/// <summary>A list or a set.</summary>
internal sealed class PickleList
{
    /// <summary>Gets or sets the items; null for none.</summary>
    internal List<object?>? Items { get; set; }
}
