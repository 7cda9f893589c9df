namespace Dlrm.Weights.Mapping;

/// <summary>A layer in a mapping file.</summary>
/// <param name="Weight">The weight's name.</param>
/// <param name="Bias">The bias' name, or null.</param>
public sealed record KeyMappingLayer(string Weight, string? Bias = null);
