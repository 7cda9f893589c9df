using Dlrm.TestSupport;

namespace Dlrm.Numerics.Tests;

public sealed class JaggedIndicesTests
{
    /// <summary>Name, indices, offsets: bags of a table of 10 rows that are fine.</summary>
    public static TheoryData<string, long[], int[]> GoodBags => new()
    {
        { "no bags", [], [0] },
        { "only empty bags", [], [0, 0, 0] },
        { "first and last row", [0, 9], [0, 1, 2] },
        { "empty first, middle and last", [1, 2], [0, 0, 1, 1, 2, 2] },
        { "same row twice in a bag", [3, 3], [0, 2] },
    };

    /// <summary>Name, indices, offsets, what the message must say.</summary>
    public static TheoryData<string, long[], int[], string> BadOffsets => new()
    {
        { "start above 0", [1, 2], [1, 2], "run from 1 to 2" },
        { "end below the count", [1, 2, 3], [0, 2], "there are 3 indices" },
        { "end above the count", [1], [0, 2], "there are 1 indices" },
        { "falling", [1, 2, 3], [0, 2, 1, 3], "offset 2 is 1, below offset 1, 2" },
        { "negative", [1, 2], [0, -1, 2], "offset 1 is -1, below offset 0, 0" },
        { "beyond the count, then back", [1, 2], [0, 5, 2], "offset 1 is 5, above the number of indices, 2" },
    };

    /// <summary>Name, indices, offsets, bag and index of the message.</summary>
    public static TheoryData<string, long[], int[], int, long> BadIndices => new()
    {
        { "just outside", [0, 10], [0, 1, 2], 1, 10 },
        { "negative", [-1], [0, 1], 0, -1 },
        { "far outside", [1, 2, long.MaxValue], [0, 0, 2, 3], 2, long.MaxValue },
        { "most negative", [long.MinValue, 1], [0, 2], 0, long.MinValue },
    };

    [Theory]
    [MemberData(nameof(GoodBags))]
    public void Validate_GoodBags_Passes(string name, long[] indices, int[] offsets) => JaggedIndices.From(indices, offsets).Validate(10, name);

    [Theory]
    [MemberData(nameof(BadOffsets))]
    public void Validate_BadOffsets_SaysWhich(string name, long[] indices, int[] offsets, string words)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => JaggedIndices.From(indices, offsets).Validate(10, name));
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BadIndices))]
    public void Validate_IndexOutsideOfTheTable_NamesBagAndIndex(string name, long[] indices, int[] offsets, int bag, long index)
    {
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(() => JaggedIndices.From(indices, offsets).Validate(10, name));
        Assert.Contains($"{name}: bag {bag} has index {index}, but the table has rows 0 to 9", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void From_WrongSizes_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => JaggedIndices.From([1, 2], []));
        Assert.Throws<ArgumentException>(() => JaggedIndices.From([1, 2], [0, 2], [1f]));
        Assert.Throws<ArgumentException>(() => JaggedIndices.From([1, 2], [0, 2], [1f, 2f, 3f]));
    }

    [Fact]
    public void Resize_SmallerThenLarger_KeepsNoAllocationAndTheSizes()
    {
        JaggedIndices bags = new();
        bags.Resize(100, 1000, isWeighted: true);
        long least = Allocations.Least(() =>
        {
            bags.Resize(1, 2, isWeighted: false);
            bags.Resize(100, 1000, isWeighted: true);
        });
        Assert.Equal(0, least);
        Assert.Equal((101, 1000, 1000), (bags.Offsets.Length, bags.Indices.Length, bags.Weights.Length));
    }

    [Fact]
    public void OneHot_Indices_AreBagsOfOne()
    {
        JaggedIndices bags = JaggedIndices.OneHot([7, 7, 2]);
        int[] expected = [0, 1, 2, 3];
        Assert.Equal(expected, bags.Offsets.ToArray());
        Assert.Equal((3, 3, false), (bags.Bags, bags.Count, bags.IsWeighted));
        bags.Validate(8, "one-hot");
    }
}
