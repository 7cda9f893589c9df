using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Parity;

/// <summary>The CPU with the caller's thread and one worker.</summary>
public sealed class CpuFeatureDotsParityTests() : FeatureDotsParityTests(new CpuDevice(2));
