using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Rows of CP tables on two threads.</summary>
public sealed class CpuTwoThreadsCpRowsTests : TableRowsTests<CpFormat>
{
    protected override IDevice CreateDevice() => new CpuDevice(2);
}
