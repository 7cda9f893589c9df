namespace Dlrm.Numerics.Kernels;

/// <summary>Work on consecutive entries of a factor that adds one number for each entry.</summary>
internal unsafe interface IComponentVisitor
{
    /// <summary>Visits entries.</summary>
    /// <param name="position">The first entry.</param>
    /// <param name="length">The number of entries.</param>
    /// <param name="weights">A number of each entry's component, padded to a multiple of 8.</param>
    /// <param name="sums">Is added to, one number an entry; padded likewise.</param>
    void Visit(long position, int length, float* weights, double* sums);
}
