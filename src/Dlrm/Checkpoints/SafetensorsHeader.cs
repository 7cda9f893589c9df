using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Dlrm.Checkpoints;

/// <summary>The header of a safetensors file: names, types, shapes and places of its tensors.</summary>
/// <remarks>
/// <code>file = N (8 bytes, little-endian) · N bytes of JSON · the tensors' bytes, back to back</code>
/// <para>The JSON is one object: a tensor's name → {"dtype", "shape", "data_offsets": [begin, end)}, and optionally "__metadata__", texts by name.</para>
/// <para>Refused: more than 100 MB of header, a key twice, an unknown key or type, an end that does not follow from the shape, a hole, an overlap.</para>
/// <para>Source: the format's description in the repository huggingface/safetensors.</para>
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header that is read, in bytes; the reference implementation's own cap.</summary>
    internal const int LongestHeader = 100_000_000;

    /// <summary>The bytes before the JSON.</summary>
    internal const int PrefixBytes = 8;

    private const string MetadataKey = "__metadata__";
    private const int MostDimensions = 32;

    private SafetensorsHeader(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata, int jsonBytes)
    {
        Entries = entries;
        Metadata = metadata;
        DataStart = PrefixBytes + jsonBytes;
    }

    /// <summary>Gets the tensors in the order of their bytes.</summary>
    internal IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>Gets the free texts of the header.</summary>
    internal IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Gets the place of the first tensor byte in the file.</summary>
    internal long DataStart { get; }

    /// <summary>Gets the bytes of a whole file with this header.</summary>
    internal long FileBytes => DataStart + (Entries.Count == 0 ? 0 : Entries[^1].End);

    /// <summary>Reads the length of the JSON.</summary>
    /// <param name="prefix">The first 8 bytes of the file, or fewer when it has fewer.</param>
    /// <param name="fileBytes">The length of the file.</param>
    /// <param name="path">The file, for messages.</param>
    /// <returns>The length in bytes.</returns>
    /// <exception cref="CheckpointException">The file is too short for a header, or the length is above the cap or the file.</exception>
    internal static int ReadLength(ReadOnlySpan<byte> prefix, long fileBytes, string path)
    {
        if (prefix.Length < PrefixBytes)
        {
            throw Refuse(path, null, $"The file has {fileBytes} bytes, too few for a safetensors header.");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader)
        {
            throw Refuse(path, null, $"The header says that it has {length} bytes; at most {LongestHeader} are read.");
        }

        if (length < 2 || (long)length > fileBytes - PrefixBytes)
        {
            throw Refuse(path, null, $"The header says that it has {length} bytes, and {fileBytes - PrefixBytes} follow in the file.");
        }

        return (int)length;
    }

    /// <summary>Reads the JSON and checks that the tensors lie back to back; not whether the file is as long.</summary>
    /// <param name="json">The JSON, the spaces behind it included.</param>
    /// <param name="path">The file, for messages.</param>
    /// <returns>The header.</returns>
    /// <exception cref="CheckpointException">The header is malformed; the message has the tensor when the fault lies in one.</exception>
    internal static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string path)
    {
        string? tensor = null;
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 4 });
            List<SafetensorsEntry> entries = [];
            Dictionary<string, string> metadata = [];
            HashSet<string> names = new(StringComparer.Ordinal);
            Expect(json[0] == (byte)'{' && reader.Read(), path, null, "The header does not start with an object.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                tensor = reader.GetString()!;
                Expect(names.Add(tensor), path, tensor, "The header has this name twice.");
                reader.Read();
                Expect(reader.TokenType == JsonTokenType.StartObject, path, tensor, "Its entry in the header is no object.");
                if (tensor == MetadataKey)
                {
                    ReadMetadata(ref reader, metadata, path);
                }
                else
                {
                    entries.Add(ReadEntry(ref reader, tensor, path));
                }

                tensor = null;
            }

            Expect(!reader.Read(), path, null, "Something follows the header's object.");
            CheckPlaces(entries, path);
            return new SafetensorsHeader(entries, metadata, json.Length);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Refuse(path, tensor, "The header is not the JSON that it should be: " + CheckpointException.Printable(exception.Message), exception);
        }
    }

    /// <summary>Makes the 8 bytes and the JSON, padded with spaces so that the tensors start at a multiple of 8.</summary>
    /// <param name="entries">The tensors, back to back.</param>
    /// <param name="metadata">Free texts.</param>
    /// <returns>The bytes.</returns>
    internal static byte[] Build(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject(MetadataKey);
                foreach (KeyValuePair<string, string> text in metadata)
                {
                    writer.WriteString(text.Key, text.Value);
                }

                writer.WriteEndObject();
            }

            foreach (SafetensorsEntry entry in entries)
            {
                writer.WriteStartObject(entry.Name);
                writer.WriteString("dtype", entry.Type);
                WriteNumbers(writer, "shape", entry.Shape);
                WriteNumbers(writer, "data_offsets", [entry.Begin, entry.End]);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        int length = (buffer.WrittenCount + 7) & ~7;
        byte[] bytes = new byte[PrefixBytes + length];
        bytes.AsSpan(PrefixBytes).Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)length);
        buffer.WrittenSpan.CopyTo(bytes.AsSpan(PrefixBytes));
        return bytes;
    }

    /// <summary>Makes the exception of a file that is refused.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensor">The tensor, when it is known.</param>
    /// <param name="what">What is wrong.</param>
    /// <param name="inner">What the parser said.</param>
    /// <returns>The exception.</returns>
    internal static CheckpointException Refuse(string path, string? tensor, string what, Exception? inner = null) =>
        new(path, tensor, what, "Take another copy of the file, or write it again.", inner);

    private static void Expect(bool condition, string path, string? tensor, string what)
    {
        if (!condition)
        {
            throw Refuse(path, tensor, what);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string key, IEnumerable<long> numbers)
    {
        writer.WriteStartArray(key);
        foreach (long number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, string path)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            Expect(reader.TokenType == JsonTokenType.String, path, null, $"The metadata '{CheckpointException.Printable(key)}' is no text.");
            Expect(metadata.TryAdd(key, reader.GetString()!), path, null, $"The metadata has '{CheckpointException.Printable(key)}' twice.");
        }
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name, string path)
    {
        string? type = null;
        List<long>? shape = null;
        List<long>? places = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = reader.GetString()!;
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, path);
                    break;
                case "data_offsets" when places is null:
                    places = ReadNumbers(ref reader, name, path);
                    break;
                default:
                    throw Refuse(path, name, $"The header has '{CheckpointException.Printable(key)}' where it can't be: unknown, twice, or of a wrong kind.");
            }
        }

        Expect(type is not null && shape is not null && places is { Count: 2 }, path, name, "The header lacks its dtype, its shape or its two data_offsets.");
        int bytes = SafetensorsEntry.BytesOf(type!);
        Expect(bytes > 0, path, name, $"Its element type '{CheckpointException.Printable(type!)}' is not known.");
        Int128 total = bytes;
        foreach (long size in shape!)
        {
            total *= size;
            Expect(total <= long.MaxValue, path, name, "Its shape has more elements than a file can hold.");
        }

        Expect(places![1] - places[0] == (long)total, path, name, $"It takes bytes {places[0]} to {places[1]}, and its shape needs {total}.");
        return new SafetensorsEntry(name, type!, shape, places[0], places[1]);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string path)
    {
        List<long> numbers = [];
        Expect(reader.TokenType == JsonTokenType.StartArray, path, name, "Its shape or its data_offsets is no array.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            bool isNumber = reader.TokenType == JsonTokenType.Number;
            Expect(isNumber && reader.TryGetInt64(out long number) && number >= 0 && numbers.Count < MostDimensions, path, name, "Its shape or its data_offsets has something that is no size.");
            numbers.Add(reader.GetInt64());
        }

        return numbers;
    }

    private static void CheckPlaces(List<SafetensorsEntry> entries, string path)
    {
        entries.Sort(static (left, right) => left.Begin != right.Begin ? left.Begin.CompareTo(right.Begin) : left.End.CompareTo(right.End));
        long end = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            Expect(entry.Begin == end, path, entry.Name, $"It begins at byte {entry.Begin}, and the tensor before it ends at {end}: a hole or an overlap.");
            end = entry.End;
        }
    }
}
