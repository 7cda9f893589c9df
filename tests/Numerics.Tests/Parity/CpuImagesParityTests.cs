using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>Patches and pooling of the CPU with the caller's thread alone.</summary>
public sealed class CpuImagesParityTests() : ImagesParityTests(new CpuDevice(1));
