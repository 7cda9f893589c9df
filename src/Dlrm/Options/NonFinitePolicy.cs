namespace Dlrm;

/// <summary>What happens when a batch has, or leads to, a number that is NaN or infinite.</summary>
public enum NonFinitePolicy
{
    /// <summary>Training stops; the message names the first sample.</summary>
    Fail,

    /// <summary>The batch is left out and counted.</summary>
    Skip,
}
