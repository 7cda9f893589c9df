using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Rows of Tucker tables on two threads.</summary>
public sealed class CpuTwoThreadsTuckerRowsTests : TableRowsTests<TuckerFormat>
{
    protected override IDevice CreateDevice() => new CpuDevice(2);
}
