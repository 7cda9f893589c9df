using System.Text;
using System.Text.Json;

namespace Dlrm.Reporting;

/// <summary>Appends to <c>metrics.jsonl</c>: one JSON object a line, flushed at once, so that a killed run loses one torn line at most.</summary>
public sealed class MetricsLog : IDisposable
{
    private readonly FileStream _stream;

    private MetricsLog(string path, FileMode mode)
    {
        _stream = new FileStream(path, mode, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Starts an empty log.</summary>
    /// <param name="path">The file; emptied when it is there.</param>
    /// <returns>The log.</returns>
    public static MetricsLog Create(string path) => new(path, FileMode.Create);

    /// <summary>Goes on with a log: lines after the resumed step, and lines that can't be read, are dropped.</summary>
    /// <param name="path">The file; made when it is not there.</param>
    /// <param name="step">The step that the run is resumed from; lines of this step and before stay.</param>
    /// <returns>The log.</returns>
    public static MetricsLog Resume(string path, long step)
    {
        string temporary = path + ".tmp";
        using (StreamWriter writer = new(temporary, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" })
        {
            foreach (string line in Lines(path).Where(line => Parse(line)?.Step <= step))
            {
                writer.WriteLine(line);
            }
        }

        File.Move(temporary, path, overwrite: true);
        return new MetricsLog(path, FileMode.Append);
    }

    /// <summary>Reads a log.</summary>
    /// <param name="path">The file; none is the same as an empty one.</param>
    /// <returns>The records, and the number of lines that can't be read: a torn last one, usually.</returns>
    public static (IReadOnlyList<MetricsRecord> Records, int UnreadableLines) Read(string path)
    {
        List<MetricsRecord> records = [];
        int unreadable = 0;
        foreach (MetricsRecord? entry in Lines(path).Select(Parse))
        {
            if (entry is null)
            {
                unreadable++;
            }
            else
            {
                records.Add(entry);
            }
        }

        return (records, unreadable);
    }

    /// <summary>Appends a line.</summary>
    /// <param name="entry">What it says.</param>
    public void Append(MetricsRecord entry)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(entry, MetricsContext.Default.MetricsRecord);
        _stream.Write([.. json, (byte)'\n']);
        _stream.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static IEnumerable<string> Lines(string path) =>
        File.Exists(path) ? File.ReadLines(path).Where(static line => line.Length > 0) : [];

    private static MetricsRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, MetricsContext.Default.MetricsRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
