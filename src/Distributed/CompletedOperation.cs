namespace Dlrm.Distributed;

/// <summary>An operation that had ended when it was started.</summary>
internal sealed class CompletedOperation : IPendingOperation
{
    /// <summary>Gets the one instance.</summary>
    internal static CompletedOperation Instance { get; } = new();

    /// <inheritdoc/>
    public bool Test() => true;

    /// <inheritdoc/>
    public void Wait()
    {
    }
}
