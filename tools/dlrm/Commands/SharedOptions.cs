using System.CommandLine;
using Spectre.Console;

namespace Dlrm.CommandLine.Commands;

/// <summary>Options and tables that several commands have.</summary>
internal static class SharedOptions
{
    /// <summary>Makes the option for programs that read the results.</summary>
    /// <returns>The option.</returns>
    internal static Option<bool> Json() => new("--json") { Description = "Print the results as one JSON object." };

    /// <summary>Makes a table whose first column is text and whose others are numbers.</summary>
    /// <param name="columns">The headings.</param>
    /// <returns>The table.</returns>
    internal static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int k = 0; k < columns.Length; k++)
        {
            TableColumn column = new(columns[k]) { NoWrap = true };
            table.AddColumn(k == 0 ? column : column.RightAligned());
        }

        return table;
    }
}
