namespace Dlrm.Numerics.Kernels;

/// <summary>ρ is the Laplace value.</summary>
internal readonly struct MapMode : IPosteriorMode
{
    /// <inheritdoc/>
    public static bool IsSvi => false;
}
