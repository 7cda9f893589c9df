using System.Runtime.Intrinsics;
using Dlrm.Numerics.Cpu;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests;

/// <summary>The same tests run under every vector width; this one says that a run got the width it asked for.</summary>
/// <remarks>
/// Switches that work on .NET 10 (tried on an AVX-512 machine), with DLRM_TEST_VECTOR_BITS beside them:
/// <code>
/// (none)                      512 here
/// DOTNET_EnableAVX512=0       256      DOTNET_EnableAVX512F=0, the switch of .NET 8 and 9, is ignored
/// DOTNET_EnableAVX2=0         128      takes FMA and AVX-512 with it
/// DOTNET_EnableHWIntrinsic=0  0        Vector128.IsHardwareAccelerated is false
/// </code>
/// </remarks>
public sealed class VectorTierTests
{
    [SkippableFact]
    public void VectorTier_IsTheOneTheRunAskedFor()
    {
        string? asked = Environment.GetEnvironmentVariable("DLRM_TEST_VECTOR_BITS");
        Skip.If(asked is null, "DLRM_TEST_VECTOR_BITS is not set: the run takes what the machine has.");
        int bits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;
        Assert.Equal(asked, bits.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using CpuDevice device = new(1);
        Assert.Contains($"{asked}-bit", device.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RandomDigest)]
    public void Normal_AnyVectorTier_HasTheSameBits(ulong expected)
    {
        float[] numbers = new float[10_000];
        PhiloxKernels.Normal(new RandomStream(1, 2), 12_345, numbers);
        ulong digest = 0xCBF29CE484222325;
        foreach (float number in numbers)
        {
            digest = (digest ^ BitConverter.SingleToUInt32Bits(number)) * 0x100000001B3;
        }

        Assert.Equal(expected, digest);
    }

    private const ulong RandomDigest = 3271996235036798526;
}
