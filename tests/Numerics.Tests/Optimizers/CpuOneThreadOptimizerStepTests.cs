using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Optimizers;

/// <summary>Optimiser steps on one thread.</summary>
public sealed class CpuOneThreadOptimizerStepTests : OptimizerStepTests
{
    protected override IDevice CreateDevice() => new CpuDevice(1);
}
