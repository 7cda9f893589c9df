using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>Patches and pooling of the CPU with a worker thread.</summary>
public sealed class CpuTwoThreadImagesParityTests() : ImagesParityTests(new CpuDevice(2));
