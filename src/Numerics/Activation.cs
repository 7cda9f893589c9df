namespace Dlrm.Numerics;

/// <summary>The elementwise function after a linear layer.</summary>
public enum Activation
{
    /// <summary>f(x) = x.</summary>
    None,

    /// <summary>f(x) = max(x, 0).</summary>
    Relu,
}
