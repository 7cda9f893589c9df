namespace Dlrm.Data;

/// <summary>What was done to dense features before they were stored.</summary>
public enum DenseTransform
{
    /// <summary>The value as it was; missing → 0.</summary>
    None,

    /// <summary><c>ln(1 + max(x, 0))</c>; missing → 0.</summary>
    Log1P,
}
