using System.CommandLine;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Compression;
using Dlrm.Numerics.Cpu;

namespace Dlrm.CommandLine.Commands;

/// <summary>Writes a model as plain dense matrices.</summary>
internal sealed class ExpandCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "A run folder, or its model folder." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "A .safetensors file to make, or a folder of .npy files.", HelpName = "path", Required = true };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace what is there." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };

    /// <summary>Initializes a new instance of the <see cref="ExpandCommand"/> class.</summary>
    internal ExpandCommand()
        : base("expand", "Write a model as dense float32 matrices under the names of facebookresearch/dlrm: emb_l.0.weight, bot_l.0.weight, top_l.0.bias …")
    {
        Examples =
        [
            ("./dlrm expand runs/first --output first.safetensors", "one file; in Python: safetensors.numpy.load_file"),
            ("./dlrm expand runs/first --output first-npy", "a .npy file for each matrix; tables are rebuilt in blocks of rows"),
        ];
        Arguments.Add(_model);
        foreach (Option option in (Option[])[_output, _overwrite, _threads])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string folder = ModelFiles.Find(result.GetValue(_model)!);
        string output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(result.GetValue(_output)!));
        if ((File.Exists(output) || Directory.Exists(output)) && !result.GetValue(_overwrite))
        {
            throw new UsageException($"{output} is there already; choose another --output, or replace it with --overwrite.");
        }

        using CpuDevice device = new(Machine.Threads(result.GetValue(_threads)));
        using DlrmModel model = CompactModel.Load(folder, device);
        ProgressLine progress = new(context.Terminal, context.Time, "expand");

        void Report(double share)
        {
            stop.ThrowIfCancellationRequested();
            progress.Report("rows", share);
        }

        if (output.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            // Whole or absent: renamed when it is written.
            string temporary = output + ".tmp";
            using (FileStream stream = File.Create(temporary))
            {
                DenseExport.WriteSafetensors(stream, model, Report);
            }

            File.Move(temporary, output, overwrite: true);
        }
        else
        {
            Directory.CreateDirectory(output);
            DenseExport.WriteNpy(name => File.Create(Path.Combine(output, name)), model, Report);
        }

        context.Terminal.Note($"Written: {output}");
        return ExitCode.Done;
    }
}
