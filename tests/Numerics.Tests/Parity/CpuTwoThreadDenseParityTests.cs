using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>The dense operators of the CPU with a worker thread.</summary>
public sealed class CpuTwoThreadDenseParityTests() : DenseParityTests(new CpuDevice(2));
