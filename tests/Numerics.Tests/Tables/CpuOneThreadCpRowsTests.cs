namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Rows of CP tables on one thread.</summary>
public sealed class CpuOneThreadCpRowsTests : CpuTableBitsTests<CpFormat>;
