using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Dlrm;

/// <summary>Reads and writes <see cref="MlpOptions"/>: <c>[64, 16]</c>, or an object with "sizes" when more is set.</summary>
/// <remarks>It belongs on properties, not on the type: the object form is the type's own JSON.</remarks>
public sealed class MlpOptionsConverter : JsonConverter<MlpOptions>
{
    /// <inheritdoc/>
    public override MlpOptions Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return JsonSerializer.Deserialize(ref reader, (JsonTypeInfo<MlpOptions>)options.GetTypeInfo(typeof(MlpOptions)))!;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException();
        }

        List<int> sizes = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            sizes.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int size) ? size : throw new JsonException());
        }

        return new MlpOptions { Sizes = sizes };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, MlpOptions value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(options);
        if (!value.IsSizesOnly)
        {
            JsonSerializer.Serialize(writer, value, (JsonTypeInfo<MlpOptions>)options.GetTypeInfo(typeof(MlpOptions)));
            return;
        }

        writer.WriteStartArray();
        foreach (int size in value)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
    }
}
