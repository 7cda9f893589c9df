namespace Dlrm.Weights.Mapping;

/// <summary>A table in a mapping file.</summary>
/// <param name="Name">Its feature's name.</param>
/// <param name="Weight">The tensor's name.</param>
public sealed record KeyMappingTable(string Name, string Weight);
