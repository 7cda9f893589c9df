namespace Dlrm.Weights;

/// <summary>One tensor of a safetensors header.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its dtype, "F32".</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Begin">Its first byte, after the header.</param>
/// <param name="End">The byte after its last.</param>
internal sealed record SafetensorsEntry(string Name, string Type, long[] Shape, long Begin, long End);
