using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Posterior;

/// <summary>Posterior draws on two threads.</summary>
public sealed class CpuTwoThreadsPosteriorDrawTests : PosteriorDrawTests
{
    protected override IDevice CreateDevice() => new CpuDevice(2);
}
