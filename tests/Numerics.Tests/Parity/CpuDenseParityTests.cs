using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>The dense operators of the CPU with the caller's thread alone.</summary>
public sealed class CpuDenseParityTests() : DenseParityTests(new CpuDevice(1));
