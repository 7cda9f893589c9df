using Dlrm.Planning;

namespace Dlrm.CommandLine.Scaling;

/// <summary>One way to store and spread the tables, with what it is predicted to come to.</summary>
/// <param name="Name">In words.</param>
/// <param name="StepSeconds">The measured or given step of one worker.</param>
/// <param name="Points">By number of workers, upwards.</param>
internal sealed record ScalingDesign(string Name, double StepSeconds, IReadOnlyList<ScalingPoint> Points);
