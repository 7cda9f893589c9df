using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Ttm;

/// <summary>Rows of TT-matrix tables on two threads.</summary>
public sealed class CpuTwoThreadsTtmRowsTests : TtmRowsTests
{
    protected override IDevice CreateDevice() => new CpuDevice(2);
}
