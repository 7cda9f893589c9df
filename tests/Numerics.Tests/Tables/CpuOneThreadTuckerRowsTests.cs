namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Rows of Tucker tables on one thread.</summary>
public sealed class CpuOneThreadTuckerRowsTests : CpuTableBitsTests<TuckerFormat>;
