using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Optimizers;

/// <summary>Optimiser steps on two threads.</summary>
public sealed class CpuTwoThreadsOptimizerStepTests : OptimizerStepTests
{
    protected override IDevice CreateDevice() => new CpuDevice(2);
}
