using System.Text.Json;
using Dlrm.CommandLine.Hosting;
using Dlrm.Weights.Mapping;

namespace Dlrm.CommandLine.Configuration;

/// <summary>Reads the file that says which tensors are which weights.</summary>
internal static class KeyMappingFile
{
    /// <summary>Reads a mapping file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The mapping.</returns>
    /// <exception cref="UsageException">It is not there, or is no such JSON.</exception>
    internal static KeyMapping Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"There is no mapping file '{path}'.");
        }

        try
        {
            KeyMapping? mapping = JsonSerializer.Deserialize<KeyMapping>(File.ReadAllText(path), OptionsJson.Line);
            bool isWhole = mapping is { Tables: not null, Bottom: not null, Top: not null }
                && mapping.Tables.All(static table => table is { Name: not null, Weight: not null })
                && mapping.Bottom.Concat(mapping.Top).All(static layer => layer is { Weight: not null });
            return isWhole ? mapping! : throw new JsonException("A name is missing.");
        }
        catch (JsonException exception)
        {
            throw new UsageException($"{path} is no mapping file: {exception.Message.ReplaceLineEndings(" ")} It has tables, bottom, top and interaction; docs/weights.md shows one.");
        }
    }
}
