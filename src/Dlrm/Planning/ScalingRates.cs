namespace Dlrm.Planning;

/// <summary>What a machine and its network take: the measured or given numbers of a <see cref="ScalingModel"/>.</summary>
/// <param name="StepSeconds">The time of a training step of one worker with a local batch, without other workers.</param>
/// <param name="Cost">The rates that share the step out among tensors and optimisers.</param>
/// <param name="Network">The network.</param>
/// <param name="CopyBytesPerSecond">Bytes that a worker copies in its memory, read and written counted once each.</param>
/// <param name="Overlap">The share of a sum's time in which the worker can compute: 1 when a network card moves the data alone, 0 when the processor does, as between processes of one machine.</param>
public sealed record ScalingRates(double StepSeconds, StepCost Cost, NetworkRates Network, double CopyBytesPerSecond, double Overlap);
