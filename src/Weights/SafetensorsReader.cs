using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Dlrm.Weights;

/// <summary>Reads the header of a safetensors file.</summary>
/// <remarks>
/// 8 bytes: length of the header, little-endian; the header: JSON, name → dtype, shape, data_offsets; the elements, without holes or overlaps.
/// The header is read in pieces, so that a hostile one takes no memory.
/// </remarks>
internal static class SafetensorsReader
{
    private const int PrefixBytes = 8;
    private const long MostHeaderBytes = 100_000_000;
    private const int PieceBytes = 1 << 14;

    /// <summary>Reads a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="budget">Charged for names.</param>
    /// <returns>Its tensors, in the order of the header.</returns>
    /// <exception cref="WeightFormatException">The header is malformed, too long, or disagrees with the file's length.</exception>
    internal static WeightListing Read(ByteSource source, ReadBudget budget)
    {
        if (source.Length < PrefixBytes)
        {
            throw Refuse(source, $"It has {source.Length} bytes; a safetensors file has at least {PrefixBytes}.");
        }

        Span<byte> prefix = stackalloc byte[PrefixBytes];
        source.Read(0, prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MostHeaderBytes || (long)length > source.Length - PrefixBytes)
        {
            throw Refuse(source, $"Its header declares {length} bytes; {source.Length - PrefixBytes} follow, and {MostHeaderBytes} are the most.");
        }

        List<SafetensorsEntry> entries;
        try
        {
            entries = Parse(source, (long)length, budget);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            throw Refuse(source, "Its header is no JSON of the known form.", exception);
        }

        long start = PrefixBytes + (long)length;
        CheckPlaces(source, entries, source.Length - start);
        List<StoredTensor> tensors = [];
        Dictionary<string, long> opaque = new(StringComparer.Ordinal);
        foreach (SafetensorsEntry entry in entries)
        {
            if (ElementTypes.OfSafetensors(entry.Type) is not ElementType type)
            {
                string name = $"safetensors dtype {entry.Type}";
                opaque[name] = opaque.GetValueOrDefault(name) + 1;
                continue;
            }

            StoredTensor tensor = StoredTensor.Create(entry.Name, type, entry.Shape, null, 0, false, string.Empty, source.Slice(start + entry.Begin, entry.End - entry.Begin));
            if (tensor.Bytes != entry.End - entry.Begin)
            {
                throw Refuse(source, $"Tensor '{WeightFormatException.Printable(entry.Name)}' takes {entry.End - entry.Begin} bytes, and its shape and dtype need {tensor.Bytes}.");
            }

            tensors.Add(tensor);
        }

        return new WeightListing(WeightFormat.Safetensors, tensors, [.. opaque.Select(static pair => new OpaqueNode(pair.Key, pair.Value))], []);
    }

    private static List<SafetensorsEntry> Parse(ByteSource source, long length, ReadBudget budget)
    {
        SafetensorsHeaderParser parser = new(source, budget);
        byte[] piece = new byte[(int)Math.Min(PieceBytes, Math.Max(1, length))];
        JsonReaderState state = new(new JsonReaderOptions { MaxDepth = 4 });
        int kept = 0;
        for (long place = 0; place < length || kept > 0;)
        {
            int count = (int)Math.Min(piece.Length - kept, length - place);
            source.Read(PrefixBytes + place, piece.AsSpan(kept, count));
            place += count;
            Utf8JsonReader reader = new(piece.AsSpan(0, kept + count), place == length, state);
            while (reader.Read())
            {
                parser.Token(ref reader);
            }

            state = reader.CurrentState;
            int used = (int)reader.BytesConsumed;
            kept = kept + count - used;
            Buffer.BlockCopy(piece, used, piece, 0, kept);
            if (kept == piece.Length)
            {
                // One token is longer than the piece: a name of that length, or an attempt at one.
                budget.Charge(2L * piece.Length);
                Array.Resize(ref piece, 2 * piece.Length);
            }
            else if (place == length)
            {
                break;
            }
        }

        return parser.Finish();
    }

    private static void CheckPlaces(ByteSource source, List<SafetensorsEntry> entries, long bytes)
    {
        long end = 0;
        foreach (SafetensorsEntry entry in entries.OrderBy(static entry => entry.Begin).ThenBy(static entry => entry.End))
        {
            if (entry.Begin != end)
            {
                throw Refuse(source, $"Tensor '{WeightFormatException.Printable(entry.Name)}' begins at byte {entry.Begin}, and the tensor before it ends at {end}: a hole or an overlap.");
            }

            end = entry.End;
        }

        if (end != bytes)
        {
            throw Refuse(source, $"Its tensors take {end} bytes, and {bytes} follow the header.");
        }
    }

    private static WeightFormatException Refuse(ByteSource source, string what, Exception? inner = null) =>
        new(source.Path, what, innerException: inner);
}
