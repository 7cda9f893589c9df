using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>The bag operators of the CPU with the caller's thread alone.</summary>
public sealed class CpuBagsParityTests() : BagsParityTests(new CpuDevice(1));
