namespace Dlrm.Distributed.Tests;

/// <summary>Tests of <see cref="LocalCommunicator"/>: alone, every collective is the identity.</summary>
public sealed class LocalCommunicatorTests
{
    /// <summary>One worker, the first.</summary>
    [Fact]
    public void WorldSize_Alone_IsOne()
    {
        using LocalCommunicator communicator = new();

        Assert.Equal((0, 1), (communicator.Rank, communicator.WorldSize));
    }

    /// <summary>The sum over one worker has the same bits, NaN and signed zero too.</summary>
    [Fact]
    public void AllReduceSum_Alone_KeepsEveryBit()
    {
        using LocalCommunicator communicator = new();
        float[] values = [1.5f, -0f, float.NaN, float.MaxValue];
        double[] precise = [double.Epsilon, -0.0, double.PositiveInfinity];

        communicator.AllReduceSum(values);
        communicator.AllReduceSum(precise);

        Assert.Equal(new[] { 1.5f, -0f, float.NaN, float.MaxValue }.Select(BitConverter.SingleToInt32Bits), values.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(new[] { double.Epsilon, -0.0, double.PositiveInfinity }.Select(BitConverter.DoubleToInt64Bits), precise.Select(BitConverter.DoubleToInt64Bits));
    }

    /// <summary>What is sent to oneself arrives; counts that don't add up are told before anything is copied.</summary>
    [Fact]
    public void AllToAll_Alone_CopiesAndChecksCounts()
    {
        using LocalCommunicator communicator = new();

        Assert.Empty(Exchanges.Mistakes(communicator));
        ArgumentException failure = Assert.Throws<ArgumentException>(() => communicator.AllToAll(new float[3], [2], new float[3], [3]));
        Assert.Contains("the counts add up to 2, but the length is 3", failure.Message, StringComparison.Ordinal);
        Assert.Contains("2 counts for 1 workers", Assert.Throws<ArgumentException>(() => communicator.AllGather(new float[1], new float[2], [1, 1])).Message, StringComparison.Ordinal);
    }

    /// <summary>A broadcast from oneself changes nothing; there is nobody else to broadcast from.</summary>
    [Fact]
    public void Broadcast_Alone_KeepsValuesAndKnowsNoOtherRoot()
    {
        using LocalCommunicator communicator = new();
        byte[] values = [1, 2, 3];

        communicator.Broadcast(values, root: 0);
        communicator.Barrier();

        Assert.Equal([1, 2, 3], values);
        Assert.Throws<ArgumentOutOfRangeException>(() => communicator.Broadcast(values, root: 1));
    }
}
