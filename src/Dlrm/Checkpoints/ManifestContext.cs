using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dlrm.Checkpoints;

/// <summary>The JSON of manifests: made at compile time, strict.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(CheckpointManifest))]
internal sealed partial class ManifestContext : JsonSerializerContext;
