using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Posterior;

/// <summary>Posterior draws on one thread.</summary>
public sealed class CpuOneThreadPosteriorDrawTests : PosteriorDrawTests
{
    protected override IDevice CreateDevice() => new CpuDevice(1);
}
