using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Dlrm.Checkpoints;

/// <summary>What <c>manifest.json</c> says: where the run stood, and the hashes of the other files.</summary>
/// <remarks>The file's last line but one is the SHA-256 of everything before it, so a manifest that was hit says so itself. Later versions keep this, and the first field.</remarks>
internal sealed record CheckpointManifest
{
    /// <summary>The version that this library writes, and the newest that it reads.</summary>
    internal const int CurrentVersion = 1;

    private const int LongestManifest = 100_000_000;
    private const int HashDigits = 64;
    private const string ChecksumStart = ",\n  \"checksum\": \"";
    private const string ChecksumEnd = "\"\n}\n";

    /// <summary>Gets the version of the checkpoint's format.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>Gets the optimiser steps taken.</summary>
    public required long Step { get; init; }

    /// <summary>Gets the epoch of the data cursor.</summary>
    public required int Epoch { get; init; }

    /// <summary>Gets the rows of this epoch already read.</summary>
    public required long Row { get; init; }

    /// <summary>Gets the SHA-256 of the run's options.</summary>
    public required string OptionsFingerprint { get; init; }

    /// <summary>Gets the files.</summary>
    public required IReadOnlyList<CheckpointFile> Files { get; init; }

    /// <summary>Makes the file's bytes.</summary>
    /// <returns>JSON in UTF-8.</returns>
    internal byte[] ToBytes()
    {
        string json = JsonSerializer.Serialize(this, ManifestContext.Default.CheckpointManifest);
        string body = json[..json.LastIndexOf("\n}", StringComparison.Ordinal)];
        return Encoding.UTF8.GetBytes(body + ChecksumStart + Hash(Encoding.UTF8.GetBytes(body)) + ChecksumEnd);
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="CheckpointException">It is not there, damaged, or of a newer version.</exception>
    internal static CheckpointManifest Read(string path)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(path).Length > LongestManifest)
            {
                throw Refuse(path, $"The manifest is longer than {LongestManifest} bytes.");
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refuse(path, "The manifest can't be read: " + exception.Message, exception);
        }

        int bodyLength = bytes.Length - ChecksumStart.Length - HashDigits - ChecksumEnd.Length;
        if (bodyLength <= 0
            || !bytes.AsSpan(bodyLength).SequenceEqual(Encoding.UTF8.GetBytes(ChecksumStart + Hash(bytes.AsSpan(0, bodyLength)) + ChecksumEnd)))
        {
            throw Refuse(path, "The manifest is damaged: its checksum is not that of its content.");
        }

        return Parse(bytes.AsSpan(0, bodyLength), path);
    }

    private static CheckpointManifest Parse(ReadOnlySpan<byte> body, string path)
    {
        byte[] json = [.. body, (byte)'}'];
        try
        {
            using (JsonDocument document = JsonDocument.Parse(json))
            {
                int version = document.RootElement.GetProperty("formatVersion").GetInt32();
                if (version != CurrentVersion)
                {
                    throw new CheckpointException(
                        path, null, $"The checkpoint has format version {version}; this library reads version {CurrentVersion}.", "Use the library's version that wrote it, or a newer one.");
                }
            }

            JsonTypeInfo<CheckpointManifest> type = ManifestContext.Default.CheckpointManifest;
            return JsonSerializer.Deserialize(json, type) ?? throw Refuse(path, "The manifest is empty.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Refuse(path, "The manifest is not the JSON that it should be: " + CheckpointException.Printable(exception.Message), exception);
        }
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static CheckpointException Refuse(string path, string what, Exception? inner = null) =>
        new(path, null, what, "Resume from another checkpoint.", inner);
}
