namespace Dlrm.Numerics;

/// <summary>Options have fields that are out of range; the message lists every one of them with its value and its range.</summary>
public sealed class OptionsException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="OptionsException"/> class.</summary>
    /// <param name="problems">One sentence for each wrong field.</param>
    public OptionsException(IReadOnlyList<string> problems)
        : base("The options have " + problems.Count + (problems.Count == 1 ? " problem: " : " problems: ") + string.Join(" ", problems))
    {
        Problems = problems;
    }

    /// <summary>Gets one sentence for each wrong field.</summary>
    public IReadOnlyList<string> Problems { get; }
}
