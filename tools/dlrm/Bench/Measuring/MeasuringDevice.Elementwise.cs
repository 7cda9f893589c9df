using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Elementwise operators on matrices.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void FillElements(Matrix destination, float value)
    {
        long start = Start();
        inner.FillElements(destination, value);
        Stop(start, nameof(FillElements), 0, Size(destination));
    }

    /// <inheritdoc/>
    public void AddElements(Matrix a, Matrix b, Matrix destination)
    {
        long start = Start();
        inner.AddElements(a, b, destination);
        Stop(start, nameof(AddElements), 0, 3 * Size(a));
    }

    /// <inheritdoc/>
    public void MultiplyElements(Matrix a, Matrix b, Matrix destination)
    {
        long start = Start();
        inner.MultiplyElements(a, b, destination);
        Stop(start, nameof(MultiplyElements), 0, 3 * Size(a));
    }
}
