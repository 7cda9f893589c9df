namespace Dlrm.Numerics.Kernels;

/// <summary>Says at compile time whether ρ is trained.</summary>
internal interface IPosteriorMode
{
    /// <summary>Gets a value indicating whether ρ is trained (svi); else it is the Laplace value (map).</summary>
    static abstract bool IsSvi { get; }
}
