using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Adtn;

/// <summary>Sites, stored numbers and limits of ADTNs.</summary>
public sealed class AdtnShapeTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    [InlineData(401_408, 19)]
    [InlineData(1L << 19, 19)]
    [InlineData((1L << 19) + 1, 20)]
    public void Sites_OfNumbers_AreTheLogarithmRoundedUp(long numbers, int sites) => Assert.Equal(sites, new AdtnShape(numbers, 1).Wall.Sites);

    [Theory]
    [InlineData(19, 1, (16 * 18) - (12 * 9) - 8)]
    [InlineData(19, 3, (16 * 3 * 18) - (12 * 9) - 8)]
    [InlineData(20, 2, (16 * 2 * 19) - (12 * 10))]
    [InlineData(2, 1, 4)]
    public void StoredElements_OfAShape_LeaveOutWhatTheStartNeverReaches(int sites, int layers, int expected) =>
        Assert.Equal(expected, new AdtnShape(1L << sites, layers).StoredElements);

    [Theory]
    [InlineData(7, 1)]
    [InlineData(8, 1)]
    [InlineData(7, 2)]
    [InlineData(10, 2)]
    public void StoredEntries_OfAShape_AreThoseWithAGradient(int sites, int layers)
    {
        AdtnShape shape = new(1L << sites, layers, 0.1f);
        using CpuDevice device = new(1);
        Random random = new(sites);
        float[] gates = [.. Enumerable.Range(0, shape.Wall.GatesLength).Select(_ => (2 * random.NextSingle()) - 1)];
        double[] gradients = new double[gates.Length];
        using DeviceBuffer<float> states = device.Allocate<float>(shape.Wall.StatesLength);
        using DeviceBuffer<float> workspace = device.Allocate<float>(shape.Wall.WorkspaceLength);
        using DeviceBuffer<float> gradient = device.Allocate<float>(shape.Wall.StateLength);
        gradient.CopyFrom([.. Enumerable.Range(0, 1 << sites).Select(_ => random.NextSingle() - 0.5f)]);
        device.BrickWall(shape.Wall, gates, states);

        device.BrickWallGradients(shape.Wall, gates, states, workspace, gradient, gradients);

        Assert.Equal(shape.StoredEntries, Enumerable.Range(0, gates.Length).Where(i => gradients[i] != 0));
    }

    [Fact]
    public void OfTable_ManyEntriesAndLayers_IsRefusedInOneSentence()
    {
        OptionsException exception = Assert.Throws<OptionsException>(() => AdtnShape.OfTable(10_000_000, 16, 2));

        Assert.Contains("no row can be looked up without rebuilding the whole table", exception.Message, StringComparison.Ordinal);
        Assert.Contains("10000000 × 16 = 160000000 entries", exception.Message, StringComparison.Ordinal);
        Assert.Contains("2^26 = 67108864", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10_000_000, 1)]
    [InlineData(4_194_304, 3)]
    public void OfTable_OneLayerOrFewEntries_IsAllowed(long rows, int layers) => Assert.Equal(layers, AdtnShape.OfTable(rows, 16, layers).Wall.Layers);

    [Fact]
    public void DefaultSlope_IsThatOfTheDocuments() => Assert.Equal(0.01f, AdtnShape.DefaultSlope);
}
