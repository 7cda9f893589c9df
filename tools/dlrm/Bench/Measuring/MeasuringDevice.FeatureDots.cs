using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>The part of the dot interaction that one feature takes part in.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void FeatureDots(Matrix features, int count, int dim, int chosen, Matrix output)
    {
        long start = Start();
        inner.FeatureDots(features, count, dim, chosen, output);
        Stop(start, nameof(FeatureDots), Size(features), Size(features) + Size(output));
    }
}
