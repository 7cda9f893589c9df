using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Rows of tensor-ring tables on two threads.</summary>
public sealed class CpuTwoThreadsRingRowsTests : TableRowsTests<RingFormat>
{
    protected override IDevice CreateDevice() => new CpuDevice(2);
}
