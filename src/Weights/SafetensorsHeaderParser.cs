using System.Text.Json;

namespace Dlrm.Weights;

/// <summary>Takes the tokens of a safetensors header one by one.</summary>
/// <param name="source">The file, for errors.</param>
/// <param name="budget">Charged for names and entries.</param>
internal sealed class SafetensorsHeaderParser(ByteSource source, ReadBudget budget)
{
    private const int MostDimensions = 64;
    private const int EntryBytes = 400;

    private readonly List<SafetensorsEntry> _entries = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _metadata = new(StringComparer.Ordinal);
    private readonly List<long> _numbers = [];
    private string _last = string.Empty;
    private string? _name;
    private string? _key;
    private string? _type;
    private long[]? _shape;
    private long[]? _places;
    private bool _isEnded;

    private bool IsMetadata => _name == "__metadata__";

    /// <summary>Takes a token.</summary>
    /// <param name="reader">Stands on it.</param>
    internal void Token(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Expect(reader.CurrentDepth == 0 || (reader.CurrentDepth == 1 && _name is not null), "has an object where none can be.");
                break;
            case JsonTokenType.EndObject when reader.CurrentDepth == 0:
                _isEnded = true;
                break;
            case JsonTokenType.EndObject:
                EndEntry();
                break;
            case JsonTokenType.PropertyName when reader.CurrentDepth == 1:
                BeginEntry(Text(ref reader));
                break;
            case JsonTokenType.PropertyName:
                _key = Text(ref reader);
                Expect(!IsMetadata || _metadata.Add(_key), "has a key twice.");
                break;
            case JsonTokenType.String when IsMetadata && reader.CurrentDepth == 2:
                break;
            case JsonTokenType.String:
                Expect(reader.CurrentDepth == 2 && _key == "dtype" && _type is null, "has a text where none can be, or a second dtype.");
                _type = Text(ref reader);
                break;
            case JsonTokenType.StartArray:
                Expect(reader.CurrentDepth == 2 && !IsMetadata && ((_key == "shape" && _shape is null) || (_key == "data_offsets" && _places is null)), "has a list where none can be, or a second one.");
                _numbers.Clear();
                break;
            case JsonTokenType.Number:
                Expect(reader.CurrentDepth == 3 && _numbers.Count < MostDimensions && reader.TryGetInt64(out long number) && number >= 0, "has something that is no size in its shape or data_offsets.");
                _numbers.Add(reader.GetInt64());
                break;
            case JsonTokenType.EndArray when _key == "shape":
                _shape = [.. _numbers];
                break;
            case JsonTokenType.EndArray:
                _places = [.. _numbers];
                break;
            default:
                throw Refuse($"has a value of the kind {reader.TokenType}, which none can have.");
        }
    }

    /// <summary>Checks that the header has ended.</summary>
    /// <returns>The entries.</returns>
    internal List<SafetensorsEntry> Finish()
    {
        Expect(_isEnded, "does not end.");
        return _entries;
    }

    private void BeginEntry(string name)
    {
        Expect(_names.Add(name), "has a name twice: the next one.");
        (_name, _key, _type, _shape, _places) = (name, null, null, null, null);
        budget.Charge(EntryBytes);
    }

    private void EndEntry()
    {
        if (!IsMetadata)
        {
            Expect(_type is not null && _shape is not null && _places is { Length: 2 } && _places[0] <= _places[1], "lacks its dtype, its shape, or two rising data_offsets.");
            _entries.Add(new SafetensorsEntry(_name!, _type!, _shape!, _places![0], _places[1]));
        }

        _last = _name!;
        _name = null;
    }

    private string Text(ref Utf8JsonReader reader)
    {
        budget.Charge(32 + (2L * reader.ValueSpan.Length));
        return reader.GetString()!;
    }

    private void Expect(bool condition, string what)
    {
        if (!condition)
        {
            throw Refuse(what);
        }
    }

    private WeightFormatException Refuse(string what) => new(
        source.Path, _name is not null ? $"Its header, at tensor '{WeightFormatException.Printable(_name)}', {what}" : $"Its header, after tensor '{WeightFormatException.Printable(_last)}', {what}");
}
