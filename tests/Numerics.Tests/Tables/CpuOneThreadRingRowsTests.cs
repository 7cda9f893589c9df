namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Rows of tensor-ring tables on one thread.</summary>
public sealed class CpuOneThreadRingRowsTests : CpuTableBitsTests<RingFormat>;
