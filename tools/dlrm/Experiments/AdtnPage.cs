using System.Text;
using Dlrm.CommandLine.Runs;

namespace Dlrm.CommandLine.Experiments;

/// <summary>The page of the experiment "adtn": one section a net.</summary>
/// <param name="parts">What ran.</param>
/// <param name="skipped">A sentence for each net that did not run.</param>
internal sealed class AdtnPage(IReadOnlyList<(AdtnPlan Plan, AdtnReport Report)> parts, IReadOnlyList<string> skipped)
{
    private const string ReadingHeading = "## Reading";

    /// <summary>Writes NAME.md and the charts; a section "Reading" of a page that is there stays, because people write it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The experiment: all nets, or one.</param>
    /// <param name="command">The command line that reproduces it.</param>
    internal void Save(string folder, string name, string command)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, name + ".md");
        StringBuilder text = new("# Weights from hundreds of numbers: ADTN and its controls\n\n");
        text.Append("Each net is trained dense. Then its large fully connected weights are replaced; everything else stays dense. *Numbers* are those that the replaced weights are rebuilt from, *of* those\n");
        text.Append("that they had. *Distance* is Σ‖Ŵ − W‖² / Σ‖W‖² after a fit by Adam, ADTNs from random rotations, trains and matrices from their TT-SVD; *no less than* is what singular values\n");
        text.Append("prove: exact for low-rank matrices, the largest tail of all unfoldings for trains and for an ADTN of one layer, which is such a train; for deeper ADTNs no bound is known.\n");
        text.Append("Test accuracies: *fitted*, as it is then; *frozen*, after training the numbers behind the weights on the images, everything else as in the dense net; *end-to-end*, after training everything\n");
        text.Append("instead. Learning rates fall linearly to 0; the state after the last epoch is tested. Controls: a train of ranks ≤ 4 contains every ADTN of one layer; a matrix of rank 1 is the smallest low-rank\n");
        text.Append("one; *dense, trained as long* has the same further training; *random* replaces the weights by normal numbers of the same norm that are never trained, so that a seed is all of them.\n");
        if (File.Exists(file))
        {
            text.Append(ReadingOf(File.ReadAllText(file)));
        }

        foreach ((AdtnPlan plan, AdtnReport report) in parts)
        {
            report.SaveChart(folder);
            text.Append($"\n## {plan.Title}\n\n{report.Section()}");
        }

        foreach (string sentence in skipped)
        {
            text.Append($"\nNot run: {sentence}\n");
        }

        text.Append($"\nReproduce: `{command}`\n\nMachine: {parts[0].Report.MachineText}\n");
        foreach ((_, AdtnReport report) in parts)
        {
            text.Append(report.Details());
        }

        RunFolder.WriteWhole(file, text.ToString());
    }

    /// <summary>Finds the section that people wrote.</summary>
    /// <param name="page">The page.</param>
    /// <returns>The section with an empty line before it, or nothing.</returns>
    private static string ReadingOf(string page)
    {
        int start = page.IndexOf("\n" + ReadingHeading + "\n", StringComparison.Ordinal);
        if (start < 0)
        {
            return string.Empty;
        }

        int end = page.IndexOf("\n## ", start + 1 + ReadingHeading.Length, StringComparison.Ordinal);
        return page[start..(end < 0 ? page.Length : end)];
    }
}
