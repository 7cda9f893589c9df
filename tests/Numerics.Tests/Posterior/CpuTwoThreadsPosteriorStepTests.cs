using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Posterior;

/// <summary>Posterior steps on two threads.</summary>
public sealed class CpuTwoThreadsPosteriorStepTests : PosteriorStepTests
{
    protected override IDevice CreateDevice() => new CpuDevice(2);
}
