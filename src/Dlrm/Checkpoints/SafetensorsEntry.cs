namespace Dlrm.Checkpoints;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Type">Its element type as the file writes it: "F32", "F64", "I64", "F16", …</param>
/// <param name="Shape">Its shape; empty for a single number.</param>
/// <param name="Begin">Its first byte, counted from the end of the header.</param>
/// <param name="End">The byte after its last one, counted from the end of the header.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Gets the number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, static (product, size) => product * size);

    /// <summary>Gets the bytes of one element.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>The bytes, or 0 for a type that we do not know.</returns>
    internal static int BytesOf(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => 0,
    };
}
