namespace Dlrm.Numerics.Kernels;

/// <summary>A number known when a kernel is compiled.</summary>
internal interface IConstant
{
    /// <summary>Gets the number.</summary>
    static abstract int Value { get; }
}
