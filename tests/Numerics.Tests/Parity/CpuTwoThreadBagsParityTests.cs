using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>The bag operators of the CPU with a worker thread.</summary>
public sealed class CpuTwoThreadBagsParityTests() : BagsParityTests(new CpuDevice(2));
