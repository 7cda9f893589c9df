namespace Dlrm;

/// <summary>What a model is fed: the dense features and the sparse features with their numbers of ids.</summary>
public sealed record ModelInputs
{
    /// <summary>Initializes a new instance of the <see cref="ModelInputs"/> class.</summary>
    /// <param name="denseFeatures">The number of dense features; 0 means that there is no bottom MLP.</param>
    /// <param name="names">The name of each sparse feature: "C1".</param>
    /// <param name="cardinalities">The number of ids of each sparse feature.</param>
    /// <exception cref="ArgumentException">The lists differ in length, a name is twice there, or there is nothing to feed.</exception>
    public ModelInputs(int denseFeatures, IReadOnlyList<string> names, IReadOnlyList<long> cardinalities)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(cardinalities);
        ArgumentOutOfRangeException.ThrowIfNegative(denseFeatures);
        if (names.Count != cardinalities.Count)
        {
            throw new ArgumentException($"There are {names.Count} names but {cardinalities.Count} cardinalities; every sparse feature needs both.");
        }

        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new ArgumentException($"Two sparse features have the same name: {string.Join(", ", names)}.");
        }

        if (denseFeatures + names.Count == 0)
        {
            throw new ArgumentException("There are neither dense nor sparse features; a model needs one at least.");
        }

        DenseFeatures = denseFeatures;
        Names = names;
        Cardinalities = cardinalities;
    }

    /// <summary>Gets the number of dense features.</summary>
    public int DenseFeatures { get; }

    /// <summary>Gets the name of each sparse feature.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Gets the number of ids of each sparse feature.</summary>
    public IReadOnlyList<long> Cardinalities { get; }
}
