using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Dlrm.CommandLine.Configuration;

/// <summary>How options, results and reports look as JSON: camelCase, enums by name, unknown keys refused.</summary>
internal static class OptionsJson
{
    /// <summary>Gets the settings for files that people read.</summary>
    internal static JsonSerializerOptions Indented { get; } = Make(isIndented: true);

    /// <summary>Gets the settings for one line.</summary>
    internal static JsonSerializerOptions Line { get; } = Make(isIndented: false);

    /// <summary>Gets how JSON written by people is read: comments and trailing commas are allowed.</summary>
    internal static JsonDocumentOptions Reading { get; } = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static JsonSerializerOptions Make(bool isIndented)
    {
        JsonSerializerOptions options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            WriteIndented = isIndented,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.MakeReadOnly();
        return options;
    }
}
