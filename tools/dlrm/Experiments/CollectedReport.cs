using System.Text;
using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Shows the results of several experiments on one page.</summary>
/// <param name="plan">The plan that names them.</param>
/// <param name="parts">Their names and reports, in order.</param>
internal sealed class CollectedReport(ExperimentPlan plan, IReadOnlyList<(string Name, ExperimentReport Report)> parts)
{
    /// <summary>Prints the tables.</summary>
    /// <param name="terminal">Where.</param>
    internal void Print(Terminal terminal)
    {
        foreach ((string name, ExperimentReport report) in parts)
        {
            terminal.Note($"{name}:");
            report.Print(terminal);
        }
    }

    /// <summary>Gives the numbers to programs.</summary>
    /// <returns>One JSON object.</returns>
    internal string ToJson() => JsonSerializer.Serialize(new { plan.Title, Plans = parts.Select(part => part.Report.Numbers()) }, OptionsJson.Line);

    /// <summary>Writes name.md and one picture a part.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name of the experiment.</param>
    /// <param name="command">The command line that reproduces it.</param>
    internal void Save(string folder, string name, string command)
    {
        Directory.CreateDirectory(folder);
        StringBuilder text = new($"# {plan.Title}\n\n{plan.About}\n");
        foreach ((string part, ExperimentReport report) in parts)
        {
            report.SaveChart(folder, part);
            text.Append($"\n## {report.Section(part)}");
        }

        text.Append($"\nReproduce: `{command}`\n\nMachine: {parts[0].Report.MachineText}\n");
        foreach ((_, ExperimentReport report) in parts)
        {
            text.Append(report.Details());
        }

        RunFolder.WriteWhole(Path.Combine(folder, name + ".md"), text.ToString());
    }
}
