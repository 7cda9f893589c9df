using Dlrm.CommandLine.Configuration;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Tools.Tests.Configuration;

/// <summary>Tests of <see cref="OptionsBinder{T}"/>.</summary>
public sealed class OptionsBinderTests
{
    /// <summary>Layers in order: defaults, file, flags.</summary>
    [Fact]
    public void Bind_Layers_LaterOnesWin()
    {
        SampleOptions options = new OptionsBinder<SampleOptions>(new SampleOptions { Name = "preset" })
            .AddJson("""{ "inner": { "size": 3, "kind": "secondKind" }, /* why */ "list": [1, 2], }""", "dlrm.json")
            .AddSetting("inner.size=4")
            .Bind();

        Assert.Equal("preset", options.Name);
        Assert.Equal(new InnerOptions { Size = 4, Kind = SampleKind.SecondKind }, options.Inner);
        Assert.Equal([1, 2], options.List);
    }

    /// <summary>What is not said keeps its default.</summary>
    [Fact]
    public void Bind_NoLayers_GivesDefaults() => Assert.Equal(new SampleOptions().Inner, new OptionsBinder<SampleOptions>(new SampleOptions()).Bind().Inner);

    /// <summary>Flags are usually written with hyphens.</summary>
    [Fact]
    public void AddSetting_KebabCase_MeansCamelCase() =>
        Assert.Equal(0.5, new OptionsBinder<SampleOptions>(new SampleOptions()).AddSetting("inner.learning-rate=0.5").Bind().Inner.LearningRate);

    /// <summary>Entries of a map are free in name, not in content.</summary>
    [Fact]
    public void AddJson_MapEntry_BindsAndChecksItsKeys()
    {
        OptionsBinder<SampleOptions> binder = new OptionsBinder<SampleOptions>(new SampleOptions()).AddJson("""{ "map": { "C1": { "size": 7 } } }""", "x");

        Assert.Equal(7, binder.Bind().Map["C1"].Size);
        Assert.Contains("'map.C2.syze'", Assert.Throws<OptionsException>(() => binder.AddSetting("map.C2.syze=1").Bind()).Message, StringComparison.Ordinal);
    }

    /// <summary>A wrong key is named with the nearest right one, and all wrong keys in one message.</summary>
    [Fact]
    public void Bind_UnknownKeys_ListsAllWithTheNearest()
    {
        OptionsBinder<SampleOptions> binder = new OptionsBinder<SampleOptions>(new SampleOptions())
            .AddJson("""{ "inner": { "sice": 3 }, "qqqqqqqqqqqq": 1 }""", "dlrm.json")
            .AddSetting("learningRate=1");

        OptionsException exception = Assert.Throws<OptionsException>(binder.Bind);

        Assert.Equal(
            "The options have 3 problems: dlrm.json: there is no option 'inner.sice'; did you mean 'inner.size'? dlrm.json: there is no option 'qqqqqqqqqqqq'. "
            + "--set learningRate=1: there is no option 'learningRate'; did you mean 'inner.learningRate'?",
            exception.Message);
    }

    /// <summary>A value of the wrong kind is shown, with the kind that fits.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="expected">The sentence.</param>
    [Theory]
    [InlineData("inner.size=big", "inner.size is \"big\"; it must be a whole number.")]
    [InlineData("inner.size=1.5", "inner.size is 1.5; it must be a whole number.")]
    [InlineData("inner.learningRate=fast", "inner.learningRate is \"fast\"; it must be a number.")]
    [InlineData("inner.kind=third", "inner.kind is \"third\"; it must be one of firstKind, secondKind.")]
    [InlineData("inner=3", "inner is 3; it must be an object.")]
    [InlineData("list=3", "list is 3; it must be a list.")]
    public void Bind_ValueOfTheWrongKind_SaysWhatFits(string setting, string expected)
    {
        OptionsException exception = Assert.Throws<OptionsException>(() => new OptionsBinder<SampleOptions>(new SampleOptions()).AddSetting(setting).Bind());

        Assert.Equal([expected], exception.Problems);
    }

    /// <summary>A list of layer sizes is short for an object: more can be set beside them, and another list replaces all.</summary>
    [Fact]
    public void AddSetting_BesideAListOfSizes_KeepsTheSizes()
    {
        OptionsBinder<RunOptions> binder = new OptionsBinder<RunOptions>(new RunOptions())
            .AddJson("""{ "model": { "topMlp": [512, 256] } }""", "x").AddSetting("model.top-mlp.format=tt").AddSetting("model.topMlp.startRank=8");

        MlpOptions topMlp = binder.Bind().Model.TopMlp;

        Assert.Equal([512, 256], topMlp.Sizes);
        Assert.Equal((TensorFormat.Tt, 8), (topMlp.Format, topMlp.StartRank));
        Assert.Null(binder.AddSetting("model.topMlp=[3]").Bind().Model.TopMlp.Format);
        Assert.Contains("did you mean 'model.topMlp.startRank'", Assert.Throws<OptionsException>(() => binder.AddSetting("model.topMlp.startRnk=8").Bind()).Message, StringComparison.Ordinal);
    }

    /// <summary>A layer size that is no list is explained.</summary>
    [Fact]
    public void Bind_SizesThatAreNoList_SaysWhatFits() => Assert.Equal(
        ["model.topMlp is 3; it must be a list of sizes, or an object with sizes."],
        Assert.Throws<OptionsException>(() => new OptionsBinder<RunOptions>(new RunOptions()).AddSetting("model.topMlp=3").Bind()).Problems);

    /// <summary>A broken file is named with the line.</summary>
    [Fact]
    public void AddJson_BrokenText_NamesTheLine()
    {
        OptionsException exception = Assert.Throws<OptionsException>(() => new OptionsBinder<SampleOptions>(new SampleOptions()).AddJson("{\n \"inner\": {\n oops", "dlrm.json"));

        Assert.Contains("dlrm.json, line 3:", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A setting without a value is explained.</summary>
    [Fact]
    public void AddSetting_WithoutValue_SaysHowToWriteIt() =>
        Assert.Contains("write it as key=value", Assert.Throws<OptionsException>(() => new OptionsBinder<SampleOptions>(new SampleOptions()).AddSetting("inner.size").Bind()).Message, StringComparison.Ordinal);
}
