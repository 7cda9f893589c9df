using System.Globalization;

namespace Dlrm.Weights.Words;

/// <summary>Reads tables of words and their vectors: GloVe's text, and word2vec's text and binary forms.</summary>
/// <remarks>
/// <code>
/// GloVe     word n n … n       a line for each row
/// word2vec  rows dim           then lines as above; or, binary: word, a space, dim float32 (little-endian), and mostly a line end
/// </code>
/// <para>A word may have spaces in it: the last numbers of a line are the vector. Opening runs over the file once and counts; the numbers go to a temporary file when they are read.</para>
/// </remarks>
internal static class WordTableReader
{
    private const int MostDimensions = 1 << 16;
    private const byte LineEnd = (byte)'\n';
    private const byte Space = (byte)' ';

    /// <summary>Reads a file if it is such a table.</summary>
    /// <param name="source">The file.</param>
    /// <param name="name">The tensor's name.</param>
    /// <param name="budget">Charged.</param>
    /// <returns>The table; null when the first line is of no such table.</returns>
    /// <exception cref="WeightFormatException">The first line is, and a later one is not.</exception>
    internal static WeightListing? Read(ByteSource source, string name, ReadBudget budget)
    {
        LineReader reader = new(source);
        if (!reader.TryReadTo(LineEnd, out ReadOnlySpan<byte> first) || first.IsEmpty || first.Length > (1 << 20))
        {
            return null;
        }

        if (TryHeader(first, out long rows, out int dimensions))
        {
            bool isText = reader.TryReadTo(LineEnd, out ReadOnlySpan<byte> second) && WordVector.TryParse(second, new float[dimensions]);
            return isText
                ? Text(source, name, rows, dimensions, hasHeader: true, budget)
                : Binary(source, name, rows, dimensions, budget);
        }

        dimensions = WordVector.CountFields(first) - 1;
        return dimensions is >= 2 and <= MostDimensions && WordVector.TryParse(first, new float[dimensions])
            ? Text(source, name, -1, dimensions, hasHeader: false, budget)
            : null;
    }

    private static bool TryHeader(ReadOnlySpan<byte> line, out long rows, out int dimensions)
    {
        line = line.TrimEnd("\r "u8);
        int space = line.IndexOf(Space);
        dimensions = 0;
        rows = 0;
        return space > 0 && long.TryParse(line[..space], NumberStyles.None, CultureInfo.InvariantCulture, out rows)
            && int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out dimensions) && rows > 0 && dimensions is >= 1 and <= MostDimensions;
    }

    private static WeightListing Text(ByteSource source, string name, long declaredRows, int dimensions, bool hasHeader, ReadBudget budget)
    {
        long rows = 0;
        ForEachLine(source, hasHeader, line =>
        {
            rows++;
            if (WordVector.CountFields(line) <= dimensions)
            {
                throw new WeightFormatException(source.Path, $"Its row {rows} has {WordVector.CountFields(line)} fields; a word and {dimensions} numbers are needed.");
            }
        });
        if (declaredRows >= 0 && rows != declaredRows)
        {
            throw new WeightFormatException(source.Path, $"It has {rows} rows, and its first line says {declaredRows}.");
        }

        return Table(WeightFormat.TextTable, source, name, rows, dimensions, budget, destination =>
        {
            float[] vector = new float[dimensions];
            long row = 0;
            ForEachLine(source, hasHeader, line =>
            {
                row++;
                if (!WordVector.TryParse(line, vector))
                {
                    throw new WeightFormatException(source.Path, $"Its row {row} does not end in {dimensions} numbers.");
                }

                destination.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.AsSpan()));
            });
        });
    }

    private static void ForEachLine(ByteSource source, bool hasHeader, Action<ReadOnlySpan<byte>> action)
    {
        LineReader reader = new(source);
        if (hasHeader)
        {
            _ = reader.TryReadTo(LineEnd, out _);
        }

        while (reader.TryReadTo(LineEnd, out ReadOnlySpan<byte> line))
        {
            if (!line.TrimEnd("\r "u8).IsEmpty)
            {
                action(line);
            }
        }
    }

    private static WeightListing Binary(ByteSource source, string name, long rows, int dimensions, ReadBudget budget)
    {
        if (rows > source.Length / (dimensions * sizeof(float)))
        {
            throw new WeightFormatException(source.Path, $"Its first line says {rows} rows of {dimensions} numbers, and it has {source.Length} bytes: it is cut short.");
        }

        void Copy(Stream destination)
        {
            byte[] vector = new byte[dimensions * sizeof(float)];
            LineReader reader = new(source);
            _ = reader.TryReadTo(LineEnd, out _);
            for (long row = 0; row < rows; row++)
            {
                reader.Skip(LineEnd);
                if (!reader.TryReadTo(Space, out _) || !reader.TryRead(vector))
                {
                    throw new WeightFormatException(source.Path, $"It ends in row {row} of {rows}: it is cut short.");
                }

                destination.Write(vector);
            }

            reader.Skip(LineEnd);
            if (reader.Position != source.Length)
            {
                throw new WeightFormatException(source.Path, $"After its {rows} rows, {source.Length - reader.Position} bytes are left.");
            }
        }

        Copy(Stream.Null);
        return Table(WeightFormat.Word2VecBinary, source, name, rows, dimensions, budget, Copy);
    }

    private static WeightListing Table(WeightFormat format, ByteSource source, string name, long rows, int dimensions, ReadBudget budget, Action<Stream> fill)
    {
        TemporarySource numbers = new(source.Path, rows * dimensions * sizeof(float), budget, fill);
        return new WeightListing(format, [StoredTensor.Create(name, ElementType.Float32, [rows, dimensions], null, 0, false, string.Empty, numbers)], [], [numbers]);
    }
}
