using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Weights.Mapping;
using Dlrm.Weights.Tests.Support;

namespace Dlrm.Weights.Tests;

/// <summary>The names of a DLRM's weights, and the order of the interaction's columns.</summary>
public sealed class DlrmKeysTests
{
    /// <summary>Gets what may stand before the names of facebookresearch/dlrm.</summary>
    public static TheoryData<string> Prefixes => ["", "state_dict.", "state_dict.module.", "module."];

    /// <summary>facebookresearch/dlrm: tables and layers in the order of their numbers, whatever the order of the file is.</summary>
    /// <param name="prefix">What stands before every name.</param>
    [Theory]
    [MemberData(nameof(Prefixes))]
    public void TryMap_FacebookNames_FindsTheModel(string prefix)
    {
        using WeightFile file = WeightSamples.Named(
            [.. Enumerable.Range(0, 12).Reverse().Select(k => ($"{prefix}emb_l.{k}.weight", new long[] { 5 + k, 4 })),
            (prefix + "bot_l.2.weight", [4, 8]), (prefix + "bot_l.2.bias", [4]), (prefix + "bot_l.0.weight", [8, 3]), (prefix + "bot_l.0.bias", [8]),
            (prefix + "top_l.10.weight", [1, 6]), (prefix + "top_l.10.bias", [1]), (prefix + "top_l.2.weight", [6, 7]), (prefix + "top_l.2.bias", [6]), (prefix + "top_l.0.weight", [7, 4 + 78]), (prefix + "top_l.0.bias", [7]),
            ("opt_state_dict.state.0", [3])]);

        DlrmWeights model = DlrmKeys.TryMap(file)!;

        Assert.Equal(DlrmKeys.Facebook, model.Naming);
        Assert.Equal(Enumerable.Range(0, 12).Select(static k => ($"{k}", 5L + k, 4L)), model.Tables.Select(static table => (table.Name, table.Rows, table.Dim)));
        Assert.Equal([(3L, 8L), (8L, 4L)], model.BottomLayers.Select(static layer => (layer.Inputs, layer.Outputs)));
        Assert.Equal([(82L, 7L), (7L, 6L), (6L, 1L)], model.TopLayers.Select(static layer => (layer.Inputs, layer.Outputs)));
        Assert.All(model.TopLayers.Concat(model.BottomLayers), static layer => Assert.Equal(layer.Weight.Name.Replace("weight", "bias", StringComparison.Ordinal), layer.Bias!.Name));
        Assert.Equal(InteractionOrder.LowerTriangle, model.Interaction);
        Assert.Equal(["opt_state_dict.state.0"], model.Unmapped);
    }

    /// <summary>torchrec: tables in the order of the file.</summary>
    [Fact]
    public void TryMap_TorchrecNames_FindsTheModel()
    {
        using WeightFile file = WeightSamples.Named(Torchrec("model.", 7));

        DlrmWeights model = DlrmKeys.TryMap(file)!;

        Assert.Equal(DlrmKeys.Torchrec, model.Naming);
        Assert.Equal(["user", "item"], model.Tables.Select(static table => table.Name));
        Assert.Equal([(3L, 8L), (8L, 4L)], model.BottomLayers.Select(static layer => (layer.Inputs, layer.Outputs)));
        Assert.Equal([(7L, 5L), (5L, 1L)], model.TopLayers.Select(static layer => (layer.Inputs, layer.Outputs)));
        Assert.Equal(InteractionOrder.UpperTriangle, model.Interaction);
        Assert.Empty(model.Unmapped);
    }

    /// <summary>Other names are nobody's.</summary>
    [Fact]
    public void TryMap_OtherNames_GivesNull()
    {
        using WeightFile file = WeightSamples.Named([("item_emb.weight", [5, 4])]);

        Assert.Null(DlrmKeys.TryMap(file));
    }

    /// <summary>Any names by a mapping; tables alone may differ in their lengths.</summary>
    [Fact]
    public void Map_ByMapping_TakesTheNamedTensors()
    {
        using WeightFile file = WeightSamples.Named([("item_emb.weight", [5, 4]), ("user_emb.weight", [3, 2]), ("other", [7])]);

        DlrmWeights model = DlrmKeys.Map(file, new KeyMapping { Tables = [new("user", "user_emb.weight"), new("item", "item_emb.weight")] });

        Assert.Equal([("user", 3L, 2L), ("item", 5L, 4L)], model.Tables.Select(static table => (table.Name, table.Rows, table.Dim)));
        Assert.Equal(["other"], model.Unmapped);
        Assert.Contains("None of its 3 tensors is named 'x'", Assert.Throws<WeightFormatException>(() => DlrmKeys.Map(file, new KeyMapping { Tables = [new("x", "x")] })).Message, StringComparison.Ordinal);
    }

    /// <summary>Sizes that do not fit are told with both numbers.</summary>
    /// <param name="name">The tensor whose shape is changed.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="expected">In the message.</param>
    [Theory]
    [InlineData("emb_l.1.weight", 6, 5, "rows of 4 and 5 numbers")]
    [InlineData("bot_l.0.weight", 5, 3, "a bottom MLP gives 5 numbers, and its tables 4", true)]
    [InlineData("top_l.0.weight", 7, 10, "products of vectors with themselves")]
    [InlineData("top_l.0.weight", 7, 12, "side by side")]
    [InlineData("top_l.0.weight", 7, 9, "takes 9 numbers, and the dot interaction of 3 vectors of 4 gives 7")]
    [InlineData("top_l.2.weight", 1, 8, "takes 8 numbers, and the layer before gives 7")]
    [InlineData("top_l.2.weight", 2, 7, "has 2 outputs and a bias of 1")]
    [InlineData("emb_l.2.weight", 6, 4, "takes 7 numbers")]
    public void TryMap_SizesThatDoNotFit_IsRefused(string name, long rows, long columns, string expected, bool dropBias = false)
    {
        Dictionary<string, long[]> shapes = new(StringComparer.Ordinal)
        {
            ["emb_l.0.weight"] = [5, 4],
            ["emb_l.1.weight"] = [6, 4],
            ["bot_l.0.weight"] = [4, 3],
            ["bot_l.0.bias"] = [4],
            ["top_l.0.weight"] = [7, 7],
            ["top_l.0.bias"] = [7],
            ["top_l.2.weight"] = [1, 7],
            ["top_l.2.bias"] = [1],
        };
        using (WeightFile right = WeightSamples.Named([.. shapes.Select(static pair => (pair.Key, pair.Value))]))
        {
            Assert.Equal(3, DlrmKeys.TryMap(right)!.Vectors);
        }

        shapes[name] = [rows, columns];
        if (dropBias)
        {
            shapes.Remove("bot_l.0.bias");
        }

        using WeightFile file = WeightSamples.Named([.. shapes.Select(static pair => (pair.Key, pair.Value))]);

        WeightFormatException exception = Assert.Throws<WeightFormatException>(() => DlrmKeys.TryMap(file));

        Assert.Contains(expected.Replace("a bottom", "Its bottom", StringComparison.Ordinal), exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A part of a distributed run lacks tables.</summary>
    [Fact]
    public void TryMap_MissingTable_IsRefused()
    {
        using WeightFile file = WeightSamples.Named([("emb_l.0.weight", [5, 4]), ("emb_l.2.weight", [5, 4])]);

        Assert.Contains("'emb_l.1.weight' is missing", Assert.Throws<WeightFormatException>(() => DlrmKeys.TryMap(file)).Message, StringComparison.Ordinal);
    }

    /// <summary>The first pairs by hand: F = 4, D = 2.</summary>
    [Fact]
    public void Permutation_OfFourVectors_IsThatByHand()
    {
        // Upper: (0,1) (0,2) (0,3) (1,2) (1,3) (2,3); ours: (1,0) (2,0) (2,1) (3,0) (3,1) (3,2).
        Assert.Equal([0, 1, 2, 3, 5, 4, 6, 7], InteractionColumns.Permutation(InteractionOrder.UpperTriangle, 4, 2));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], InteractionColumns.Permutation(InteractionOrder.LowerTriangle, 4, 2));
        Assert.Equal([0, 1, 2], InteractionColumns.Permutation(InteractionOrder.UpperTriangle, 1, 3));
    }

    /// <summary>A torchrec layer gives the same on our kernel's interaction as on torchrec's.</summary>
    /// <param name="vectors">F.</param>
    /// <param name="dim">D.</param>
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 4)]
    [InlineData(5, 3)]
    [InlineData(27, 16)]
    public void Permute_TorchrecColumns_FitOurKernel(int vectors, int dim)
    {
        Random random = new(20210405);
        int columns = (int)InteractionColumns.Count(vectors, dim);
        float[] features = [.. Enumerable.Range(0, vectors * dim).Select(_ => random.NextSingle() - 0.5f)];
        float[] weight = [.. Enumerable.Range(0, 3 * columns).Select(_ => random.NextSingle() - 0.5f)];
        List<double> upper = [.. features.Take(dim).Select(static value => (double)value)];
        for (int i = 0; i < vectors; i++)
        {
            for (int j = i + 1; j < vectors; j++)
            {
                upper.Add(Enumerable.Range(0, dim).Sum(k => (double)features[(i * dim) + k] * features[(j * dim) + k]));
            }
        }

        double[] expected = [.. Enumerable.Range(0, 3).Select(row => upper.Select((value, column) => value * weight[(row * columns) + column]).Sum())];
        using CpuDevice device = new(1);
        using DeviceBuffer<float> input = device.Allocate<float>(features.Length);
        using DeviceBuffer<float> output = device.Allocate<float>(columns);
        input.CopyFrom(features);
        device.DotInteraction(new Matrix(input, 1, features.Length), vectors, dim, new Matrix(output, 1, columns));
        float[] ours = new float[columns];
        output.CopyTo(ours);

        InteractionColumns.Permute(weight, InteractionColumns.Permutation(InteractionOrder.UpperTriangle, vectors, dim));

        double[] actual = [.. Enumerable.Range(0, 3).Select(row => ours.Select((value, column) => (double)value * weight[(row * columns) + column]).Sum())];
        Assert.All(expected.Zip(actual), static pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    /// <summary>Only the first top layer is permuted.</summary>
    [Fact]
    public void ReadWeight_OfATorchrecModel_PermutesTheFirstTopLayer()
    {
        using WeightFile file = WeightSamples.Named(Torchrec(string.Empty, 10, withThirdTable: true));
        DlrmWeights model = DlrmKeys.TryMap(file)!;
        float[] raw = new float[model.TopLayers[0].Weight.Elements];
        model.TopLayers[0].Weight.ReadRows(0, raw);
        float[] second = new float[model.TopLayers[1].Weight.Elements];
        model.TopLayers[1].Weight.ReadRows(0, second);

        float[] permuted = model.ReadWeight(model.TopLayers[0]);

        // F = 4, D = 4: of the six products only the third and fourth are exchanged.
        Assert.Equal([raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[7], raw[6], raw[8], raw[9]], permuted[..10]);
        Assert.Equal(second, model.ReadWeight(model.TopLayers[1]));
    }

    private static (string Name, long[] Shape)[] Torchrec(string prefix, long inputs, bool withThirdTable = false) =>
    [
        (prefix + "sparse_arch.embedding_bag_collection.embedding_bags.t_user.weight", [9, 4]),
        (prefix + "sparse_arch.embedding_bag_collection.embedding_bags.t_item.weight", [5, 4]),
        .. withThirdTable ? new (string, long[])[] { (prefix + "sparse_arch.embedding_bag_collection.embedding_bags.t_shop.weight", [2, 4]) } : [],
        (prefix + "dense_arch.model._mlp.0._linear.weight", [8, 3]), (prefix + "dense_arch.model._mlp.0._linear.bias", [8]),
        (prefix + "dense_arch.model._mlp.1._linear.weight", [4, 8]), (prefix + "dense_arch.model._mlp.1._linear.bias", [4]),
        (prefix + "over_arch.model.0._mlp.0._linear.weight", [5, inputs]), (prefix + "over_arch.model.0._mlp.0._linear.bias", [5]),
        (prefix + "over_arch.model.1.weight", [1, 5]), (prefix + "over_arch.model.1.bias", [1]),
    ];
}
