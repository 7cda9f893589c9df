using System.Globalization;
using System.Reflection;

namespace Dlrm.CommandLine.Hosting;

/// <summary>Says on what a number was measured.</summary>
internal static class Machine
{
    /// <summary>Gets the version of the program with its commit.</summary>
    internal static string Version { get; } = Shorten(Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    /// <summary>Describes the processor, its count, the memory and the runtime.</summary>
    /// <returns>One line.</returns>
    internal static string Describe()
    {
        string model = "processor";
        if (File.Exists("/proc/cpuinfo"))
        {
            model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? model;
        }

        double gigabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30);
        return string.Create(CultureInfo.InvariantCulture, $"{model}, {Environment.ProcessorCount} processors, {gigabytes:F0} GiB, .NET {Environment.Version}");
    }

    /// <summary>Gets the threads to use.</summary>
    /// <param name="asked">What the options say; 0: one for each processor.</param>
    /// <param name="workers">The workers that share the processors.</param>
    /// <returns>The number of threads.</returns>
    internal static int Threads(int asked, int workers = 1) => asked > 0 ? asked : Math.Max(1, Environment.ProcessorCount / (IsBound ? 1 : workers));

    /// <summary>Gets a value indicating whether Open MPI gave this worker processors of its own: then they are the only ones that are counted.</summary>
    private static bool IsBound => Environment.GetEnvironmentVariable("OMPI_MCA_orte_bound_at_launch") is "1";

    private static string Shorten(string version)
    {
        int plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus >= 0 && version.Length > plus + 13 ? version[..(plus + 13)] : version;
    }
}
