using System.Text;

namespace Dlrm.Weights.Tests.Support;

/// <summary>Pickles made to do harm, in PyTorch's containers.</summary>
internal static class HostilePickles
{
    /// <summary>The file that every command in here would make.</summary>
    internal const string Marker = "dlrm-hostile-marker";

    private static string MarkerPath => Path.Combine(Path.GetTempPath(), Marker);

    private static string Command => "touch " + MarkerPath;

    internal static IEnumerable<HostileFile> All => [.. Calls, .. Shapes, .. Floods, .. Damages, .. Views, .. Streams];

    private static IEnumerable<HostileFile> Calls =>
    [
        Opens("os.system by reduce", "os.system", static pickle => pickle.Call("os", "system", static p => p.Text(Command))),
        Opens("posix.system beside a tensor", "posix.system", static pickle => pickle.Dictionary(("x", Whole), ("y", static p => p.Call("posix", "system", static q => q.Text(Command)))), 1),
        Opens("subprocess.Popen", "subprocess.Popen", static pickle => pickle.Call("subprocess", "Popen", static p => p.Op('(').Text("touch").Text(MarkerPath).Op('t'))),
        Opens("eval", "builtins.eval", static pickle => pickle.Call("builtins", "eval", static p => p.Text($"__import__('os').system('{Command}')"))),
        Opens("exec of Python 2", "__builtin__.exec", static pickle => pickle.Call("__builtin__", "exec", static p => p.Text("import os"))),
        Opens("getattr chain", "builtins.getattr", static pickle => pickle.Global("builtins", "getattr").Op('(')
            .Call("builtins", "getattr", static p => p.Call("builtins", "__import__", static q => q.Text("os")).Text("system")).Text("__call__").Op('t').Op('R').Op('(').Text(Command).Op('t').Op('R')),
        Opens("import machinery", "importlib.import_module", static pickle => pickle.Call("importlib", "import_module", static p => p.Text("os"))),
        Opens("old instance operation", "os.system", static pickle => pickle.Op('(').Text(Command).Op('i').Raw("os\nsystem\n"u8)),
        Opens("old object operation", "os.system", static pickle => pickle.Op('(').Global("os", "system").Text(Command).Op('o')),
        Opens("new object", "os.system", static pickle => pickle.Global("os", "system").Op('(').Text(Command).Op('t').Raw(0x81)),
        Opens("new object with keywords", "os.system", static pickle => pickle.Global("os", "system").Op('(').Text(Command).Op('t').Op('}').Raw(0x92)),
        Opens("global from the stack", "os.system", static pickle => pickle.Text("os").Text("system").Raw(0x93).Op('(').Text(Command).Op('t').Op('R')),
        Opens("dotted name", "torch.os.system", static pickle => pickle.Text("torch").Text("os.system").Raw(0x93).Op('(').Text(Command).Op('t').Op('R')),
        Opens("name beside the allow-list", "torch._utils._rebuild_tensor_v2.__globals__", static pickle => pickle.Call("torch._utils", "_rebuild_tensor_v2.__globals__", static p => p.Text("x"))),
        Opens("state setter", "builtins.object.__class__", static pickle => pickle.Call("builtins", "object.__class__", static p => p.Op('N')).Op('}').Text("__setstate__").Global("os", "system").Op('s').Op('b')),
        Opens("reconstructor of another class", "os.system", static pickle => pickle.Call("copy_reg", "_reconstructor", static p => p.Global("os", "system").Text(Command).Op('N'))),
        Opens("tensor type that calls", "os.system", static pickle => pickle.Call("torch._tensor", "_rebuild_from_type_v2", static p => p.Global("os", "system").Op('N').Op('(').Text(Command).Op('t').Op('}'))),
        Opens("bytes loader of torch", "torch.storage._load_from_bytes", static pickle => pickle.Call("torch.storage", "_load_from_bytes", static p => p.Text("x"))),
        Opens("numpy's loader", "numpy.load", static pickle => pickle.Call("numpy", "load", static p => p.Text("/etc/passwd"))),
        Opens("extension registry", "copyreg.extension 7", static pickle => pickle.Raw(0x82, 7).Op(')').Op('R')),
        Opens("call of a number", "a value that is no class", static pickle => pickle.Number(7).Op(')').Op('R')),
        Opens("persistent identifier of a path", "persistent identifier", static pickle => pickle.Text("/etc/passwd").Op('Q')),
        Opens("persistent class that is called", "os.system", static pickle => pickle.Op('(').Text("module").Global("os", "system").Text("f").Text("s").Op('t').Op('Q').Op('(').Text(Command).Op('t').Op('R')),
        Opens("terminal sequences in a name", "\u001b[2J.\u0007", static pickle => pickle.Text("\u001b[2J").Text("\u0007").Raw(0x93).Op(')').Op('R')),
    ];

    private static IEnumerable<HostileFile> Shapes =>
    [
        Refused("lists nested 100,000 deep", "nested deeper than 1000", Of(static p => p.Raw(Repeat("]"u8, 100_000)).Raw(Repeat("a"u8, 99_999)))),
        Refused("tuples nested 100,000 deep", "nested deeper than 1000", Of(static p => p.Op(')').Raw(Repeat([0x85], 100_000)))),
        Refused("dictionaries nested 100,000 deep", "longer than 4096", Of(static p => p.Raw(Repeat("}N"u8, 100_000)).Op('}').Raw(Repeat("s"u8, 100_000)))),
        Refused("calls nested 100,000 deep", "nested deeper than 1000", Of(static p => p.Global("a", "b").Raw(Repeat(")R"u8, 100_000)))),
        Refused("delegations nested 50,000 deep", "nested deeper than 1000", Of(static p => p.Raw(Repeat("ccopyreg\n__newobj__\n"u8, 50_001)).Op('N').Raw(Repeat([0x86], 50_000)).Op('R'))),
        Refused("marks 1,000,000 deep", "empty stack", Of(static p => p.Raw(Repeat("("u8, 1_000_000)))),
        Opens("list in itself", null, static pickle => pickle.Op(']').Raw((byte)'q', 0).Raw((byte)'h', 0).Op('a')),
        Opens("dictionary in itself, twice", null, static pickle => pickle.Op('}').Raw((byte)'q', 0).Text("a").Raw((byte)'h', 0).Op('s').Text("b").Raw((byte)'h', 0).Op('s').Text("x").Do(Whole).Op('s'), 1),
        Opens("tuple of itself through its state", "a.b", static pickle => pickle.Global("a", "b").Op(')').Op('R').Raw((byte)'q', 0).Raw((byte)'h', 0).Raw(0x85).Op('b')),
        Opens("10^30 shared lists", null, static pickle => pickle.Op(']').Raw(Repeat([(byte)'2', 0x86], 100))),
    ];

    private static IEnumerable<HostileFile> Floods =>
    [
        Refused("stack of 10,000,000 values", "more than", Of(static p => p.Raw(Repeat("N"u8, 10_000_000)))),
        Refused("4,000,000 lists", "bytes of memory", Of(static p => p.Raw(Repeat("]"u8, 4_000_000)))),
        Refused("2,000,000 entries of the memo", "bytes of memory", Of(static p => p.Op('N').Raw(Repeat([0x94], 2_000_000)))),
        Refused("20,000,000 operations", "operations", Of(static p => p.Raw(Repeat("N0"u8, 10_000_000)))),
        Refused("20,000 copies of a list of 10,000", "bytes of memory", Of(static p => p.Op(']').Op('(').Raw(Repeat("N"u8, 10_000)).Op('e').Raw((byte)'q', 0).Raw(Repeat([.. "cbuiltins\nlist\n("u8, (byte)'h', 0, (byte)'t', (byte)'R', (byte)'0'], 20_000)))),
        Refused("names of 4 MB", "longer than 4096", Of(static p => p.Dictionary((new string('a', 4_000_000), Whole)))),
        Refused("names that grow", "longer than 4096", Of(static p =>
        {
            for (int depth = 0; depth < 900; depth++)
            {
                p.Op('}').Text(new string('n', 1000));
            }

            Whole(p);
            p.Raw(Repeat("s"u8, 900));
        })),
        Refused("20,000 tensors of one storage with long names", "bytes of memory", Of(static p =>
        {
            p.Op('}').Text(new string('n', 4000)).Op(']').Op('(');
            Whole(p);
            p.Raw(Repeat([.. "ctorch._utils\n_rebuild_parameter\n("u8, (byte)'h', 0, 0x89, (byte)'N', (byte)'t', (byte)'R'], 20_000)).Op('e').Op('s');
        }, Whole0)),
        Refused("a number of 60,000 digits", "no whole number", Of(static p => p.Op('L').Raw(Repeat("9"u8, 60_000)).Raw("L\n"u8))),
        Refused("a line of 1,000,000 bytes", "line is longer", Of(static p => p.Op('c').Raw(Repeat("a"u8, 1_000_000)))),
    ];

    private static IEnumerable<HostileFile> Damages =>
    [
        Refused("a text of 2^63 bytes", "bytes are left", Of(static p => p.Raw(0x8d, 255, 255, 255, 255, 255, 255, 255, 127))),
        Refused("a text of 2^64 - 1 bytes", "bytes are left", Of(static p => p.Raw(0x8d, 255, 255, 255, 255, 255, 255, 255, 255))),
        Refused("bytes of 2^32 - 1", "bytes are left", Of(static p => p.Op('B').Raw(255, 255, 255, 255))),
        Refused("a number of 2^31 bytes", "bytes are left", Of(static p => p.Raw(0x8b, 0, 0, 0, 128))),
        Refused("an empty pickle", "cut short", static () => WeightSamples.TorchZipOf([])),
        Refused("a pickle without an end", "cut short", static () => WeightSamples.TorchZipOf([0x80, 2, (byte)'N'])),
        Refused("an unknown operation", "is not known", Of(static p => p.Raw(0xff))),
        Refused("protocol 9", "its protocol is 9", Of(static p => p.Raw(0x80, 9))),
        Refused("an empty stack", "empty stack", Of(static p => p.Op('0'))),
        Refused("a value from below a mark", "empty stack", Of(static p => p.Op('N').Op('(').Op('R'))),
        Refused("a mark that is not set", "mark", Of(static p => p.Op('t'))),
        Refused("the memo before it is set", "before it is set", Of(static p => p.Raw((byte)'j', 255, 255, 255, 255))),
        Refused("keys without values", "do not pair up", Of(static p => p.Op('}').Op('(').Op('N').Op('u'))),
        Refused("an item of a number", "has none", Of(static p => p.Number(1).Number(2).Op('a'))),
        Refused("buffers outside of the file", "buffers", Of(static p => p.Raw(0x97))),
        Refused("an object without a class", "no class", Of(static p => p.Op('(').Op('o'))),
    ];

    private static IEnumerable<HostileFile> Views =>
    [
        Refused("size 2^63 - 1", "reaches element", View(24, 0, [long.MaxValue], [1])),
        Refused("sizes whose product wraps to 0", "reaches element", View(24, 0, [1L << 32, 1L << 32], [1L << 32, 1])),
        Refused("strides that wrap", "reaches element", View(24, 0, [3, 3], [long.MaxValue, long.MaxValue])),
        Refused("negative stride", "negative", View(24, 23, [24], [-1])),
        Refused("negative offset", "negative", View(24, -4, [6, 4], [4, 1])),
        Refused("negative size", "negative", View(24, 0, [-6, -4], [4, 1])),
        Refused("view behind the storage", "reaches element 24", View(24, 1, [6, 4], [4, 1])),
        Refused("offset 2^62", "reaches element", View(24, 1L << 62, [1], [1])),
        Refused("rows that overlap", "overlap", View(24, 0, [1L << 40, 4], [0, 1])),
        Refused("rows that overlap by one", "overlap", View(24, 0, [7, 4], [3, 1])),
        Refused("65 axes", "65 axes", View(24, 0, [.. Enumerable.Repeat(1L, 65)], [.. Enumerable.Repeat(1L, 65)])),
        Refused("more sizes than strides", "strides", View(24, 0, [6, 4], [4])),
        Refused("a storage that is larger than its entry", "has 96 bytes", View(25, 0, [6, 4], [4, 1])),
        Refused("a storage of 2^63 - 1 elements", "has 96 bytes", View(long.MaxValue, 0, [6, 4], [4, 1])),
        Refused("a size that is a text", "no whole number", Of(static p => p.Call("torch._utils", "_rebuild_tensor_v2", static q => q.Storage("0", 24).Number(0).Op('(').Text("6").Op('t').Tuple(1)))),
        Refused("a tensor without sizes", "lacks its storage", Of(static p => p.Call("torch._utils", "_rebuild_tensor_v2", static q => q.Storage("0", 24).Number(0)))),
        Refused("a storage outside of the folder", "which the file does not have", Of(static p => p.Tensor("../../../etc/passwd", 24, 0, [6, 4], [4, 1]))),
        Refused("the pickle as a storage", "which the file does not have", Of(static p => p.Tensor("../data.pkl", 24, 0, [6, 4], [4, 1]))),
        Opens("a negative storage", "persistent identifier", static p => p.Tensor("0", -24, 0, [6, 4], [4, 1])),
    ];

    private static IEnumerable<HostileFile> Streams =>
    [
        new("old stream with a call", static () => WeightSamples.TorchLegacy(static p => p.Dictionary(("x", static q => q.Tensor("0", 24, 0, [6, 4], [4, 1], isLegacy: true)), ("y", static q => q.Call("os", "system", static r => r.Text(Command))))), null, "os.system", 1),
        new("bare pickle of a call", static () => PickleWriter.Of(static p => p.Call("os", "system", static q => q.Text(Command))), "torch.save did not write"),
        new("old stream with a storage of 2^62 elements", static () => WeightSamples.TorchLegacy(static p => p.Tensor("0", 24, 0, [6, 4], [4, 1], isLegacy: true), 1L << 62), "cut short"),
        new("old stream with a storage of -1 elements", static () => WeightSamples.TorchLegacy(static p => p.Tensor("0", 24, 0, [6, 4], [4, 1], isLegacy: true), -1), "declares -1 elements"),
        new("old stream with a storage of no tensor", static () => WeightSamples.TorchLegacy(static p => p.Op('N')), "belongs to no tensor"),
        new("old stream with a tensor of no storage", static () => WeightSamples.TorchLegacy(static p => p.Dictionary(("x", static q => q.Tensor("0", 24, 0, [6, 4], [4, 1], isLegacy: true)), ("y", static q => q.Tensor("1", 24, 0, [6, 4], [4, 1], isLegacy: true)))), "which the file does not have"),
        new("old stream, view of a storage behind its end", static () => WeightSamples.TorchLegacy(static p => p.Call("torch._utils", "_rebuild_tensor_v2", static q => q.Op('(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Number(24)
            .Op('(').Text("view").Number(20).Number(24).Op('t').Op('t').Op('Q').Number(0).Tuple(6, 4).Tuple(4, 1))), "elements from 20 on"),
    ];

    private static void Whole(PickleWriter pickle) => pickle.Tensor("0", 24, 0, [6, 4], [4, 1]);

    private static PickleWriter Whole0(PickleWriter pickle) => pickle.Tensor("0", 24, 0, [6, 4], [4, 1]).Raw((byte)'q', 0).Op('0');

    private static HostileFile Opens(string name, string? opaque, Action<PickleWriter> write, int tensors = 0) =>
        new(name, () => WeightSamples.TorchZip(write), null, opaque, tensors);

    private static HostileFile Refused(string name, string refusal, Func<byte[]> make) => new(name, make, refusal);

    private static Func<byte[]> Of(Action<PickleWriter> write, Func<PickleWriter, PickleWriter>? before = null) => () => WeightSamples.TorchZip(pickle =>
    {
        _ = before?.Invoke(pickle);
        write(pickle);
    });

    private static Func<byte[]> View(long elements, long offset, long[] shape, long[] strides) => Of(pickle => pickle.Tensor("0", elements, offset, shape, strides));

    private static byte[] Repeat(ReadOnlySpan<byte> part, int count)
    {
        byte[] bytes = new byte[part.Length * count];
        for (int i = 0; i < count; i++)
        {
            part.CopyTo(bytes.AsSpan(i * part.Length));
        }

        return bytes;
    }

    private static PickleWriter Do(this PickleWriter pickle, Action<PickleWriter> write)
    {
        write(pickle);
        return pickle;
    }
}
