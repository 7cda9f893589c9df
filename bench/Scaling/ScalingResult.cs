namespace Dlrm.Bench.Scaling;

/// <summary>What was measured at a point; times are nanoseconds of a batch.</summary>
/// <param name="Point">The point.</param>
/// <param name="Cost">What was counted.</param>
/// <param name="Grouping">Sorting ids and finding the distinct ones; a part of forward.</param>
/// <param name="Forward">A forward pass.</param>
/// <param name="Step">A forward pass, a backward pass and an SGD step.</param>
/// <param name="Sweep">The part of a step that does not depend on the batch: clearing gradients and SGD over all entries.</param>
internal sealed record ScalingResult(ScalingPoint Point, LookupCost Cost, double Grouping, double Forward, double Step, double Sweep)
{
    /// <summary>Gets nanoseconds per lookup of a forward pass.</summary>
    internal double ForwardLookup => Forward / Point.Batch;

    /// <summary>Gets nanoseconds per lookup of a step.</summary>
    internal double StepLookup => Step / Point.Batch;

    /// <summary>Gets GFLOP/s of a forward pass.</summary>
    internal double ForwardFlops => 2 * Cost.MultiplyAdds / Forward;

    /// <summary>Gets GFLOP/s of a step.</summary>
    internal double StepFlops => 2 * Cost.StepMultiplyAdds / Step;

    /// <summary>Gets FLOP per byte of a forward pass.</summary>
    internal double ForwardIntensity => 2 * Cost.MultiplyAdds / Cost.Bytes;

    /// <summary>Gets FLOP per byte of a step.</summary>
    internal double StepIntensity => 2 * Cost.StepMultiplyAdds / Cost.StepBytes;

    /// <summary>Gets GB/s of a forward pass.</summary>
    internal double ForwardTraffic => Cost.Bytes / Forward;

    /// <summary>Gets GB/s of a step.</summary>
    internal double StepTraffic => Cost.StepBytes / Step;

    /// <summary>Gets the share of a forward pass that is sorting ids.</summary>
    internal double GroupingShare => Grouping / Forward;

    /// <summary>Gets the share of a step that is the sweep over all entries.</summary>
    internal double SweepShare => Sweep / Step;
}
