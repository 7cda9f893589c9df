using Dlrm.Embeddings;

namespace Dlrm.CommandLine.Experiments;

/// <summary>One fit of a planted tensor, as it is kept in results.jsonl.</summary>
/// <param name="Plan">The plan's numbers that change a fit: trials of another plan are not used.</param>
/// <param name="Format">The format.</param>
/// <param name="Order">The order.</param>
/// <param name="Noise">The noise.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Method"><see cref="RecoveryMethod.Name"/>.</param>
/// <param name="True">The true ranks.</param>
/// <param name="Start">The ranks at the start.</param>
/// <param name="Found">The ranks at the end; empty when the tensor was pruned whole.</param>
/// <param name="StoredElements">The entries at the end.</param>
/// <param name="TrueElements">The entries of the planted tensor.</param>
/// <param name="UnseenError">The root mean square error on unseen rows, relative to that of an entry.</param>
internal sealed record RecoveryTrial(
    string Plan, TensorFormat Format, int Order, double Noise, int Seed, string Method,
    IReadOnlyList<int> True, IReadOnlyList<int> Start, IReadOnlyList<int> Found, long StoredElements, long TrueElements, double UnseenError)
{
    /// <summary>Gets a value indicating whether the true ranks were found, all of them.</summary>
    internal bool IsExact => True.SequenceEqual(Found);

    /// <summary>Gets the stored entries over those of the planted tensor.</summary>
    internal double Size => (double)StoredElements / TrueElements;

    /// <summary>Gets what tells trials apart.</summary>
    internal (RecoveryCase Case, string Method) Key => (new RecoveryCase(Format, Order, Noise, Seed), Method);
}
