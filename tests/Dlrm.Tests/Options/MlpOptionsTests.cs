using System.Text.Json;
using System.Text.Json.Serialization;
using Dlrm.Embeddings;

namespace Dlrm.Tests.Options;

public sealed class MlpOptionsTests
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    [Fact]
    public void Defaults_AreThoseOfTheDocumentation()
    {
        MlpOptions options = [64, 16];

        Assert.Equal([64, 16], options.Sizes);
        Assert.Null(options.Format);
        Assert.Equal((ModeLayout.Balanced, 2, 16, 1000L), (options.Layout, options.Order, options.StartRank, options.CompressAbove));
    }

    [Fact]
    public void Json_SizesOnly_StaysAList()
    {
        ModelOptions options = JsonSerializer.Deserialize<ModelOptions>("""{ "bottomMlp": [5, 16], "topMlp": { "sizes": [7] } }""", Json)!;

        Assert.Equal([5, 16], options.BottomMlp.Sizes);
        Assert.Equal([7], options.TopMlp.Sizes);
        string text = JsonSerializer.Serialize(options, Json);
        Assert.Contains("\"bottomMlp\":[5,16],\"topMlp\":[7],", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_MoreThanSizes_IsAnObjectThatComesBack()
    {
        ModelOptions options = new() { TopMlp = new MlpOptions { Sizes = [8, 4], Format = TensorFormat.Tt, StartRank = 5 } };

        string text = JsonSerializer.Serialize(options, Json);

        Assert.Contains("\"topMlp\":{\"sizes\":[8,4],\"format\":\"tt\",\"layout\":\"balanced\",\"order\":2,\"startRank\":5,\"compressAbove\":1000}", text, StringComparison.Ordinal);
        Assert.Equal(text, JsonSerializer.Serialize(JsonSerializer.Deserialize<ModelOptions>(text, Json), Json));
    }

    [Theory]
    [InlineData("""{ "topMlp": 3 }""")]
    [InlineData("""{ "topMlp": [3.5] }""")]
    [InlineData("""{ "topMlp": ["3"] }""")]
    [InlineData("""{ "topMlp": { "size": [3] } }""")]
    public void Json_SomethingElse_IsRefused(string text) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ModelOptions>(text, Json));

    [Fact]
    public void Problems_EveryField_IsNamed()
    {
        MlpOptions options = new() { Sizes = [0], Format = TensorFormat.Auto, Order = 1, StartRank = 0, CompressAbove = -1 };

        Assert.Equal(
            [
                "model.topMlp is [0]; every layer must be in [1, 65536].",
                "model.topMlp.order is 1; it must be in [2, 12].",
                "model.topMlp.startRank is 0; it must be in [1, 1024].",
                "model.topMlp.compressAbove is -1; it must be 0 or above.",
            ],
            options.Problems("model.topMlp"));
    }

    [Fact]
    public void FormatOf_SmallLayer_StaysDense()
    {
        MlpOptions options = new() { Sizes = [10], Format = TensorFormat.Tt, CompressAbove = 100 };

        Assert.Null(options.FormatOf(0, 10, 10));
        Assert.NotNull(options.FormatOf(0, 10, 11));
        Assert.Null((options with { Format = null }).FormatOf(0, 1000, 1000));
    }

    [Fact]
    public void FormatOf_Auto_IsTwoMatricesOrDenseWhereThoseStoreMore()
    {
        MlpOptions options = new() { Sizes = [10], Format = TensorFormat.Auto, StartRank = 8, CompressAbove = 100 };

        LowRankFormat format = options.FormatOf(0, 64, 32)!;
        Assert.Equal(("tt", 8 * (64 + 32)), (format.Name, (int)format.Parameters));
        Assert.Null(options.FormatOf(0, 13, 16));
    }
}
