namespace Dlrm.Data;

/// <summary>Says what happens to a row with a dense feature that is missing, NaN or infinite.</summary>
public enum NonFinitePolicy
{
    /// <summary>Reading fails with the file, row and column.</summary>
    Fail,

    /// <summary>The row is left out and counted.</summary>
    Skip,
}
