using System.IO.Compression;
using System.Text;

namespace Dlrm.Weights.Tests.Support;

/// <summary>Small files of every format, to be damaged.</summary>
internal static class MutationSamples
{
    internal static Dictionary<string, byte[]> Generated { get; } = new(StringComparer.Ordinal)
    {
        ["zip"] = WeightSamples.TorchZip(State),
        ["deflated zip"] = WeightSamples.TorchZip(State, CompressionLevel.Optimal),
        ["legacy"] = WeightSamples.TorchLegacy(static pickle => pickle.Dictionary(("a", static p => p.Tensor("0", 24, 0, [6, 4], [4, 1], isLegacy: true)), ("b", static p => p.Tensor("0", 24, 1, [3, 2], [8, 1], isLegacy: true)))),
        ["safetensors"] = WeightSamples.Safetensors("{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[5,4],\"data_offsets\":[0,80]},\"b\":{\"dtype\":\"F16\",\"shape\":[8],\"data_offsets\":[80,96]}}", 96),
        ["npy"] = WeightSamples.Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (6, 4), }", WeightSamples.TableBytes),
        ["npz"] = WeightSamples.Zip(CompressionLevel.Optimal, ("a.npy", WeightSamples.Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 4), }", WeightSamples.TableBytes)), ("b.npy", WeightSamples.Npy("{'descr': '<i8', 'fortran_order': False, 'shape': (12,), }", WeightSamples.TableBytes))),
        ["text"] = Encoding.UTF8.GetBytes("3 4\nthe 1 2 3 4\nof 5 6 7 8\nand 9 10 11 12\n"),
        ["word2vec"] = [.. "3 2\na "u8, .. WeightSamples.TableBytes[..8], (byte)'\n', .. "bc "u8, .. WeightSamples.TableBytes[8..16], (byte)'\n', .. "d "u8, .. WeightSamples.TableBytes[16..24]],
    };

    private static void State(PickleWriter pickle) => pickle.Dictionary(
        ("a", static p => p.Tensor("0", 24, 0, [6, 4], [4, 1])),
        ("b", static p => p.Call("torch._utils", "_rebuild_parameter", static q => q.Tensor("0", 24, 0, [4, 6], [1, 4]).Raw(0x88).Op('N'))),
        ("c", static p => p.Call("model", "Net", static q => q.Op('N')).Op('}').Text("weight").Tensor("0", 24, 5, [4], [5]).Op('s').Op('b')));
}
