using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Dlrm.Tools.Tests.Support;

/// <summary>The numbers of a safetensors file, tensor by tensor.</summary>
internal static class SafetensorsValues
{
    /// <summary>Reads the float32 tensors.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The numbers by name.</returns>
    internal static SortedDictionary<string, float[]> Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int header = checked((int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        SortedDictionary<string, float[]> tensors = new(StringComparer.Ordinal);
        foreach ((string name, JsonNode? entry) in JsonNode.Parse(bytes.AsSpan(8, header))!.AsObject())
        {
            if (name != "__metadata__" && (string)entry!["dtype"]! == "F32")
            {
                (int from, int to) = ((int)entry["data_offsets"]![0]!, (int)entry["data_offsets"]![1]!);
                tensors[name] = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + header + from, to - from)).ToArray();
            }
        }

        return tensors;
    }

    /// <summary>Fails unless every tensor of two files has ‖a − b‖ ≤ tolerance · ‖a‖.</summary>
    /// <param name="expected">One file.</param>
    /// <param name="actual">The other.</param>
    /// <param name="tolerance">The bound.</param>
    internal static void AssertClose(string expected, string actual, double tolerance)
    {
        SortedDictionary<string, float[]> first = Read(expected);
        SortedDictionary<string, float[]> second = Read(actual);
        Assert.NotEmpty(first);
        Assert.Equal(first.Keys, second.Keys);
        foreach ((string name, float[] values) in first)
        {
            double difference = Math.Sqrt(values.Zip(second[name], (a, b) => ((double)a - b) * ((double)a - b)).Sum());
            double norm = Math.Sqrt(values.Sum(value => (double)value * value));
            Assert.True(difference <= tolerance * norm, $"{name}: ‖Δ‖/‖·‖ = {difference / norm:E1}.");
        }
    }
}
