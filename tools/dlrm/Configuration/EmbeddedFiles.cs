using System.Reflection;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.CommandLine.Configuration;

/// <summary>The presets and experiments that come with the program.</summary>
internal static class EmbeddedFiles
{
    /// <summary>Lists the names of one kind.</summary>
    /// <param name="kind">"presets" or "experiments".</param>
    /// <returns>The names, without ".json", in order.</returns>
    internal static IReadOnlyList<string> Names(string kind) =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(kind + "/", StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name[(kind.Length + 1)..]))
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads one.</summary>
    /// <param name="kind">"presets" or "experiments".</param>
    /// <param name="name">Its name.</param>
    /// <returns>The JSON text.</returns>
    /// <exception cref="UsageException">There is none of that name.</exception>
    internal static string Read(string kind, string name)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{kind}/{name}.json");
        if (stream is null)
        {
            throw new UsageException($"There is no {kind.TrimEnd('s')} '{name}'; there are {string.Join(", ", Names(kind))}.");
        }

        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
