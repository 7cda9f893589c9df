using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Configuration;

/// <summary>Makes one options record out of layers: defaults, a preset, a JSON file, flags. Later layers win; unknown keys are errors.</summary>
/// <remarks>
/// <code>
/// {"training": {"batchSize": 256}}      is the same as      --set training.batchSize=256      and      --set training.batch-size=256
/// </code>
/// <para>Every wrong key of every layer is listed in one message, each with the nearest key that exists.</para>
/// </remarks>
/// <typeparam name="T">The options record.</typeparam>
internal sealed class OptionsBinder<T>
    where T : class
{
    private readonly JsonObject _tree;
    private readonly List<string> _problems = [];

    /// <summary>Initializes a new instance of the <see cref="OptionsBinder{T}"/> class.</summary>
    /// <param name="defaults">The lowest layer.</param>
    internal OptionsBinder(T defaults)
    {
        _tree = JsonSerializer.SerializeToNode(defaults, OptionsJson.Line)!.AsObject();
    }

    /// <summary>Adds the layer of a JSON text.</summary>
    /// <param name="text">One JSON object.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <returns>This binder.</returns>
    /// <exception cref="OptionsException">The text is not one JSON object.</exception>
    internal OptionsBinder<T> AddJson(string text, string source)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(text, documentOptions: OptionsJson.Reading);
        }
        catch (JsonException exception)
        {
            throw new OptionsException([$"{source}, line {exception.LineNumber + 1}: this is not JSON ({exception.Message.Split(" LineNumber")[0]})."]);
        }

        if (node is not JsonObject layer)
        {
            throw new OptionsException([$"{source} must hold one JSON object: {{\"training\": {{...}}}}."]);
        }

        return Add(layer, source);
    }

    /// <summary>Adds a layer.</summary>
    /// <param name="layer">The JSON object.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <returns>This binder.</returns>
    internal OptionsBinder<T> Add(JsonObject layer, string source)
    {
        Merge(_tree, layer, typeof(T), string.Empty, source);
        return this;
    }

    /// <summary>Adds one setting.</summary>
    /// <param name="setting">"training.batchSize=256"; the value is JSON, or else taken as a string.</param>
    /// <returns>This binder.</returns>
    internal OptionsBinder<T> AddSetting(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            _problems.Add($"--set {setting}: write it as key=value, for example --set training.batchSize=256.");
            return this;
        }

        return AddSetting(setting[..equals], ParseValue(setting[(equals + 1)..]), $"--set {setting}");
    }

    /// <summary>Adds one setting.</summary>
    /// <param name="path">"training.batchSize" or "training.batch-size".</param>
    /// <param name="value">The value.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <returns>This binder.</returns>
    internal OptionsBinder<T> AddSetting(string path, JsonNode? value, string source)
    {
        string[] keys = path.Split('.');
        JsonNode? node = value;
        for (int k = keys.Length - 1; k >= 0; k--)
        {
            node = new JsonObject { [Camel(keys[k])] = node };
        }

        return Add(node!.AsObject(), source);
    }

    /// <summary>Makes the record.</summary>
    /// <returns>The options; the caller validates them.</returns>
    /// <exception cref="OptionsException">Lists every unknown key, and every value that does not fit its key.</exception>
    internal T Bind()
    {
        if (_problems.Count > 0)
        {
            throw new OptionsException(_problems);
        }

        try
        {
            return _tree.Deserialize<T>(OptionsJson.Line)!;
        }
        catch (JsonException exception)
        {
            throw new OptionsException([Misfit(exception)]);
        }
    }

    private static JsonNode? ParseValue(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: OptionsJson.Reading);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static string Camel(string key)
    {
        string[] words = key.Split('-', StringSplitOptions.RemoveEmptyEntries);
        return words.Length < 2 ? key : words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    private static void Collect(Type type, string path, List<string> keys)
    {
        JsonTypeInfo info = OptionsJson.Line.GetTypeInfo(type);
        if (info.Kind != JsonTypeInfoKind.Object || path.Count(letter => letter == '.') > 6)
        {
            return;
        }

        foreach (JsonPropertyInfo property in info.Properties)
        {
            keys.Add(path + property.Name);
            Collect(property.PropertyType, path + property.Name + ".", keys);
        }
    }

    /// <summary>Lays JSON without a type, such as the options in a plan, over other: objects merge, anything else replaces.</summary>
    private static void Overlay(JsonObject into, JsonObject layer)
    {
        foreach ((string key, JsonNode? value) in layer)
        {
            if (value is JsonObject child && into[key] is JsonObject target)
            {
                Overlay(target, child);
            }
            else
            {
                into[key] = value?.DeepClone();
            }
        }
    }

    private void Merge(JsonObject into, JsonObject layer, Type type, string path, string source)
    {
        JsonTypeInfo info = OptionsJson.Line.GetTypeInfo(type);
        foreach ((string key, JsonNode? value) in layer)
        {
            Type? valueType = info.Kind == JsonTypeInfoKind.Dictionary ? info.ElementType : info.Properties.FirstOrDefault(property => property.Name == key)?.PropertyType;
            if (valueType is null)
            {
                List<string> known = [];
                Collect(typeof(T), string.Empty, known);
                string? nearest = NearestKey.Find(path + key, known);
                _problems.Add($"{source}: there is no option '{path}{key}'" + (nearest is null ? "." : $"; did you mean '{nearest}'?"));
                continue;
            }

            bool isObject = OptionsJson.Line.GetTypeInfo(valueType).Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary;
            if (valueType == typeof(JsonObject) && value is JsonObject inner && into[key] is JsonObject free)
            {
                Overlay(free, inner);
                continue;
            }

            if (!isObject || value is not JsonObject child)
            {
                into[key] = value?.DeepClone();
                continue;
            }

            if (into[key] is not JsonObject target)
            {
                // A list of sizes is short for an object that has nothing else: more may be set beside them.
                target = valueType == typeof(MlpOptions) && into[key] is JsonArray sizes ? new JsonObject { ["sizes"] = sizes.DeepClone() } : [];
                into[key] = target;
            }

            Merge(target, child, valueType, path + key + ".", source);
        }
    }

    private string Misfit(JsonException exception)
    {
        string path = (exception.Path ?? "$").TrimStart('$').TrimStart('.');
        Type type = typeof(T);
        JsonNode? value = _tree;
        foreach (string key in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = key.Split('[')[0];
            JsonTypeInfo info = OptionsJson.Line.GetTypeInfo(type);
            type = (info.Kind == JsonTypeInfoKind.Dictionary ? info.ElementType : info.Properties.FirstOrDefault(property => property.Name == name)?.PropertyType) ?? type;
            value = value is JsonObject parent ? parent[name] : value;
        }

        return $"{path} is {value?.ToJsonString(OptionsJson.Line) ?? "null"}; it must be {Expected(type)}.";
    }

    private static string Expected(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsEnum)
        {
            return "one of " + string.Join(", ", Enum.GetNames(plain).Select(JsonNamingPolicy.CamelCase.ConvertName));
        }

        return plain switch
        {
            _ when plain == typeof(int) || plain == typeof(long) || plain == typeof(ulong) || plain == typeof(uint) => "a whole number",
            _ when plain == typeof(double) || plain == typeof(float) => "a number",
            _ when plain == typeof(bool) => "true or false",
            _ when plain == typeof(string) => "a string",
            _ when plain == typeof(MlpOptions) => "a list of sizes, or an object with sizes",
            _ when plain == typeof(TimeSpan) => "a time span such as \"00:10:00\"",
            _ => OptionsJson.Line.GetTypeInfo(plain).Kind == JsonTypeInfoKind.Enumerable ? "a list" : "an object",
        };
    }
}
