using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>The softmax cross-entropy of the CPU with the caller's thread alone.</summary>
public sealed class CpuSoftmaxParityTests() : SoftmaxParityTests(new CpuDevice(1));
