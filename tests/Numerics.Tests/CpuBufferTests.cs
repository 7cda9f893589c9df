using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests;

public sealed class CpuBufferTests
{
    [Fact]
    public void Allocate_AnyLength_IsZeroedAndAligned()
    {
        foreach (int length in (int[])[0, 1, 15, 16, 17, 1000])
        {
            using CpuBuffer<float> buffer = new(length);
            Assert.All(buffer.ToArray(), value => Assert.Equal(0, value));
            unsafe
            {
                Assert.Equal(0, (nint)buffer.Pointer % 64);
            }
        }
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(10, 1)]
    [InlineData(7, 4)]
    [InlineData(long.MaxValue, 4)]
    public void CopyFromAndTo_RangeOutside_IsRefusedWithBothLengths(long offset, int length)
    {
        using CpuBuffer<int> buffer = new(10);
        ArgumentOutOfRangeException from = Assert.Throws<ArgumentOutOfRangeException>(() => buffer.CopyFrom(new int[length], offset));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.CopyTo(new int[length], offset));
        Assert.Contains("10", from.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copy_BetweenBuffers_MovesTheRange()
    {
        using CpuDevice device = new(1);
        using DeviceBuffer<long> a = device.Allocate<long>(6);
        using DeviceBuffer<long> b = device.Allocate<long>(4);
        a.CopyFrom([1, 2, 3, 4, 5, 6]);
        device.Copy(a, 2, b, 1, 3);
        long[] expected = [0, 3, 4, 5];
        Assert.Equal(expected, b.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Copy(a, 4, b, 0, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Copy(a, 0, b, 2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Copy(a, 0, b, 0, -1));
        b.Clear();
        Assert.All(b.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Use_AfterDispose_IsRefused()
    {
        CpuBuffer<float> buffer = new(3);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.CopyTo(new float[3]));
        Assert.Throws<ObjectDisposedException>(buffer.Clear);
    }
}
