namespace Dlrm.Numerics.Kernels;

/// <summary>Adds each entry.</summary>
internal readonly unsafe struct SumVisitor : IComponentVisitor
{
    private readonly float* _values;

    /// <summary>Initializes a new instance of the <see cref="SumVisitor"/> struct.</summary>
    /// <param name="values">The entries.</param>
    internal SumVisitor(float* values)
    {
        _values = values;
    }

    /// <inheritdoc/>
    public void Visit(long position, int length, float* weights, double* sums)
    {
        float* values = _values + position;
        for (int i = 0; i < length; i++)
        {
            sums[i] += values[i];
        }
    }
}
