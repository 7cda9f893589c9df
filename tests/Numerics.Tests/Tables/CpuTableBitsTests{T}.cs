using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Rows of tables in a tensor format on one thread, and their bits on more.</summary>
/// <typeparam name="TFormat">The format.</typeparam>
public abstract class CpuTableBitsTests<TFormat> : TableRowsTests<TFormat>
    where TFormat : ITableFormat
{
    [Theory]
    [MemberData(nameof(Names))]
    public void RowsAndGradients_AnyThreadCount_HaveTheSameBits(string name) => CheckBits(device => TFormat.Create(device, name));

    [Fact]
    public void RowsAndGradients_BatchOfThousandsAndAnyThreadCount_HaveTheSameBits() => CheckBits(TFormat.CreateForBatches);

    protected override IDevice CreateDevice() => new CpuDevice(1);

    private static void CheckBits(Func<IDevice, TableCase> create)
    {
        (float[] rows, float[] gradients) = Run(1, create);
        for (int threads = 2; threads <= 3; threads++)
        {
            (float[] otherRows, float[] otherGradients) = Run(threads, create);

            Assert.True(rows.AsSpan().SequenceEqual(otherRows), $"Rows differ for {threads} threads.");
            Assert.True(gradients.AsSpan().SequenceEqual(otherGradients), $"Gradients differ for {threads} threads.");
        }
    }

    private static (float[] Rows, float[] Gradients) Run(int threads, Func<IDevice, TableCase> create)
    {
        using CpuDevice device = new(threads);
        using TableCase table = create(device);
        using RowGroups groups = HostGroups.Of(device, table.SomeRows(2000));
        float[] rows = table.Forward(groups);
        table.Backward(groups, TableCase.Uniform(groups.UniqueCount * table.EmbeddingDim, 17));
        return (rows, [.. table.Gradients.SelectMany(gradient => gradient.ToArray())]);
    }
}
