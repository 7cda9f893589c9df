using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dlrm.Checkpoints;

/// <summary>The JSON of compact models: made at compile time, strict.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(CompactDescription))]
internal sealed partial class CompactContext : JsonSerializerContext;
