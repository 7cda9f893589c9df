using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Posterior;

/// <summary>Posterior steps on one thread.</summary>
public sealed class CpuOneThreadPosteriorStepTests : PosteriorStepTests
{
    protected override IDevice CreateDevice() => new CpuDevice(1);
}
