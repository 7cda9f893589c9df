namespace Dlrm.Numerics.Kernels;

/// <summary>ρ is trained on draws.</summary>
internal readonly struct SviMode : IPosteriorMode
{
    /// <inheritdoc/>
    public static bool IsSvi => true;
}
