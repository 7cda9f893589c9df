using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dlrm.Reporting;

/// <summary>The JSON of metrics: one line, made at compile time; keys of later versions are ignored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, Converters = [typeof(FiniteOrNullConverter)])]
[JsonSerializable(typeof(MetricsRecord))]
internal sealed partial class MetricsContext : JsonSerializerContext;
