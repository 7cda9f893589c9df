using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Dlrm.TestSupport;

/// <summary>Reads NumPy's array files of little-endian float32 and int64 in C order, versions 1 and 2.</summary>
public static partial class NpyFile
{
    /// <summary>Reads an array of float32.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The shape and the elements, row-major.</returns>
    public static (long[] Shape, float[] Values) ReadFloats(string path) => Read<float>(path, "<f4");

    /// <summary>Reads an array of int64.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The shape and the elements, row-major.</returns>
    public static (long[] Shape, long[] Values) ReadIntegers(string path) => Read<long>(path, "<i8");

    private static (long[] Shape, T[] Values) Read<T>(string path, string kind)
        where T : unmanaged
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < 12 || bytes[0] != 0x93 || Encoding.ASCII.GetString(bytes, 1, 5) != "NUMPY")
        {
            throw new InvalidDataException($"{path} is no .npy file.");
        }

        int start = bytes[6] == 1 ? 10 : 12;
        int length = bytes[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)) : (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        string header = Encoding.ASCII.GetString(bytes, start, length);
        Match match = Header().Match(header);
        if (!match.Success || match.Groups["kind"].Value != kind || match.Groups["fortran"].Value != "False")
        {
            throw new InvalidDataException($"{path} has the header {header.Trim()}, but C order and {kind} are expected.");
        }

        long[] shape = [.. match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        T[] values = MemoryMarshal.Cast<byte, T>(bytes.AsSpan(start + length)).ToArray();
        long expected = shape.Aggregate(1L, (product, size) => product * size);
        return values.Length == expected ? (shape, values) : throw new InvalidDataException($"{path} has {values.Length} elements, but its shape {expected}.");
    }

    [GeneratedRegex(@"'descr': '(?<kind>[^']+)', 'fortran_order': (?<fortran>\w+), 'shape': \((?<shape>[^)]*)\)")]
    private static partial Regex Header();
}
