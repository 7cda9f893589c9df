using Dlrm.Weights.Tests.Support;

namespace Dlrm.Weights.Tests;

/// <summary>What other versions of PyTorch and Python write, and the fixtures do not have.</summary>
public sealed class PickleMachineTests
{
    /// <summary>Gets pickles of one tensor that is the table, by what is special, and the tensor's name.</summary>
    public static TheoryData<string, string> Names => new()
    {
        { "tensor of the first version", "tensor" },
        { "tensor of the third version over bytes", "x" },
        { "tensor with attributes", "x" },
        { "parameter with state", "x" },
        { "ordered dictionary of Python 2", "x" },
        { "default dictionary", "x" },
        { "object with slots", "inner.x" },
        { "list subclass", "[1]" },
        { "dictionary subclass", "x" },
        { "constructor argument", "[0].x" },
        { "old instance", "x" },
        { "reconstructed object of protocol 0", "x" },
        { "key set twice", "x" },
        { "number, truth and nothing as keys", "7.True.None.x" },
        { "storage on a graphics card", "x" },
    };

    /// <summary>The tensor is found under its name.</summary>
    /// <param name="kind">What is special.</param>
    /// <param name="name">The tensor's name.</param>
    [Theory]
    [MemberData(nameof(Names))]
    public void Open_OtherVersions_FindsTheTensor(string kind, string name)
    {
        using WeightFile file = WeightSamples.Open(WeightSamples.TorchZip(pickle => Write(pickle, kind)));

        StoredTensor tensor = Assert.Single(file.Tensors);
        float[] values = new float[24];
        tensor.ReadRows(0, values);
        Assert.Equal(name, tensor.Name);
        Assert.Equal([6L, 4L], tensor.Shape);
        Assert.Equal(WeightSamples.Table, values);
    }

    /// <summary>A storage of the old stream that is a view of another.</summary>
    [Fact]
    public void Open_LegacyStorageView_StartsInsideOfTheStorage()
    {
        using WeightFile file = WeightSamples.Open(WeightSamples.TorchLegacy(static p => p.Call("torch._utils", "_rebuild_tensor_v2", static q => q.Op('(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Number(24)
            .Op('(').Text("view").Number(8).Number(12).Op('t').Op('t').Op('Q').Number(4).Tuple(2, 4).Tuple(4, 1))));
        float[] values = new float[8];

        file.Tensors[0].ReadRows(0, values);

        Assert.Equal(WeightSamples.Table[12..20], values);
    }

    /// <summary>A parameter and its data are two objects; the same object is listed once.</summary>
    [Fact]
    public void Tensors_SharedByObjects_AreListedOnce()
    {
        using WeightFile file = WeightSamples.Open(WeightSamples.TorchZip(static pickle => pickle.Dictionary(
            ("a", static p => Whole(p).Raw((byte)'q', 0)), ("b", static p => p.Raw((byte)'h', 0)), ("c", static p => p.Call("torch._utils", "_rebuild_parameter", static q => q.Raw((byte)'h', 0).Raw(0x88).Op('N'))))));

        Assert.Equal(["a", "c"], file.Tensors.Select(static tensor => tensor.Name));
    }

    private static PickleWriter Whole(PickleWriter pickle) => pickle.Tensor("0", 24, 0, [6, 4], [4, 1]);

    private static PickleWriter State(PickleWriter pickle) => Whole(pickle.Op('}').Text("x")).Op('s');

    private static void Write(PickleWriter pickle, string kind)
    {
        switch (kind)
        {
            case "tensor of the first version":
                pickle.Call("torch._utils", "_rebuild_tensor", static p => p.Storage("0", 24).Number(0).Tuple(6, 4).Tuple(4, 1));
                break;
            case "tensor of the third version over bytes":
                pickle.Dictionary(("x", static p => p.Call("torch._utils", "_rebuild_tensor_v3", static q =>
                    q.Op('(').Text("storage").Global("torch.storage", "UntypedStorage").Text("0").Text("cpu").Number(96).Op('t').Op('Q').Number(0).Tuple(6, 4).Tuple(4, 1).Raw(0x89).Op('}').Global("torch", "float32"))));
                break;
            case "tensor with attributes":
                pickle.Dictionary(("x", static p => p.Call("torch._tensor", "_rebuild_from_type_v2", static q =>
                    q.Global("torch._utils", "_rebuild_tensor_v2").Global("torch", "Tensor").Op('(').Storage("0", 24).Number(0).Tuple(6, 4).Tuple(4, 1).Raw(0x89).Op('}').Op('t').Op('}'))));
                break;
            case "parameter with state":
                pickle.Dictionary(("x", static p => p.Call("torch._utils", "_rebuild_parameter_with_state", static q => Whole(q).Raw(0x88).Op('}').Op('}'))));
                break;
            case "ordered dictionary of Python 2":
                pickle.Call("collections", "OrderedDict", static p => Whole(p.Op(']').Op(']').Op('(').Text("x")).Op('e').Op('a'));
                break;
            case "default dictionary":
                Whole(pickle.Call("collections", "defaultdict", static p => p.Global("__builtin__", "dict")).Text("x")).Op('s');
                break;
            case "object with slots":
                State(pickle.Global("a", "B").Op(')').Raw(0x81).Op('N').Op('}').Text("inner")).Op('s').Raw(0x86).Op('b');
                break;
            case "list subclass":
                Whole(pickle.Global("a", "List").Op(')').Raw(0x81).Op('(').Op('N')).Op('e');
                break;
            case "dictionary subclass":
                Whole(pickle.Global("a", "Dictionary").Op(')').Raw(0x81).Text("x")).Op('s');
                break;
            case "constructor argument":
                pickle.Call("a", "B", static p => State(p));
                break;
            case "old instance":
                State(pickle.Op('(').Op('i').Raw("a\nB\n"u8)).Op('b');
                break;
            case "reconstructed object of protocol 0":
                State(pickle.Call("copy_reg", "_reconstructor", static p => p.Global("a", "B").Global("__builtin__", "object").Op('N'))).Op('b');
                break;
            case "key set twice":
                Whole(pickle.Op('}').Text("x").Tensor("0", 24, 0, [1], [1]).Op('s').Text("x")).Op('s');
                break;
            case "number, truth and nothing as keys":
                State(pickle.Op('}').Raw((byte)'K', 7).Op('}').Raw(0x88).Op('}').Op('N')).Raw("sss"u8);
                break;
            case "storage on a graphics card":
                pickle.Dictionary(("x", static p => p.Call("torch._utils", "_rebuild_tensor_v2", static q => q.Op('(').Text("storage").Global("torch.cuda", "FloatStorage").Text("0").Text("cuda:0").Number(24).Op('t').Op('Q').Number(0).Tuple(6, 4).Tuple(4, 1))));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such case.");
        }
    }
}
