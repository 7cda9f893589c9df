using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>Brick walls on the CPU with the caller's thread alone.</summary>
public sealed class CpuBrickWallParityTests() : BrickWallParityTests(new CpuDevice(1));
