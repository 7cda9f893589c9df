using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>Brick walls on the CPU with a worker thread.</summary>
public sealed class CpuTwoThreadBrickWallParityTests() : BrickWallParityTests(new CpuDevice(2));
