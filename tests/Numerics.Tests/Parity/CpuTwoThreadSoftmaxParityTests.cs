using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>The softmax cross-entropy of the CPU with a worker thread.</summary>
public sealed class CpuTwoThreadSoftmaxParityTests() : SoftmaxParityTests(new CpuDevice(2));
