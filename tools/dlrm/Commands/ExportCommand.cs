using System.CommandLine;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Numerics.Cpu;
using Dlrm.Onnx;

namespace Dlrm.CommandLine.Commands;

/// <summary>Writes a model as an ONNX graph.</summary>
internal sealed class ExportCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "A run folder, or its model folder." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The .onnx file to make.", HelpName = "file", Required = true };
    private readonly Option<bool> _bags = new("--bags") { Description = "Every sparse feature takes bags of any number of ids; else those whose data have lists." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace what is there." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };

    /// <summary>Initializes a new instance of the <see cref="ExportCommand"/> class.</summary>
    internal ExportCommand()
        : base("export", "Write a model as ONNX: dense values and ids in, probabilities out. Tables stay compact: a row is Gather, MatMul and Reshape.")
    {
        Examples =
        [
            ("./dlrm export runs/small --output small.onnx", "for any ONNX run-time; above 2 GB the numbers are in small.onnx.data beside it"),
            ("./dlrm export runs/small --output small.onnx --bags", "with indices and offsets for each feature"),
        ];
        Arguments.Add(_model);
        foreach (Option option in (Option[])[_output, _bags, _overwrite, _threads])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string folder = CompactModel.Find(result.GetValue(_model)!);
        string output = Path.GetFullPath(result.GetValue(_output)!);
        string data = output + ".data";
        if ((File.Exists(output) || File.Exists(data)) && !result.GetValue(_overwrite))
        {
            throw new UsageException($"{output} is there already; choose another --output, or replace it with --overwrite.");
        }

        using CpuDevice device = new(Machine.Threads(result.GetValue(_threads)));
        using DlrmModel model = CompactModel.Load(folder, device);
        ProgressLine progress = new(context.Terminal, context.Time, "export");
        DatasetSchema? schema = File.Exists(Path.Combine(folder, DatasetSchema.FileName)) ? DatasetSchema.Read(folder) : null;
        OnnxExportOptions options = new()
        {
            BagFeatures = result.GetValue(_bags) ? model.Inputs.Names : [.. schema?.Sparse.Where(feature => feature.IsMultiHot).Select(feature => feature.Name) ?? []],
            WeightedFeatures = [.. schema?.Sparse.Where(feature => feature.IsWeighted).Select(feature => feature.Name) ?? []],
        };

        // Whole or absent: renamed when both files are written, the one that names the other last.
        File.Delete(data);
        string temporary = output + ".tmp";
        using (FileStream stream = File.Create(temporary))
        {
            OnnxExport.Write(stream, model, options, Path.GetFileName(data), () => File.Create(data + ".tmp"), share =>
            {
                stop.ThrowIfCancellationRequested();
                progress.Report("numbers", share);
            });
        }

        if (File.Exists(data + ".tmp"))
        {
            File.Move(data + ".tmp", data, overwrite: true);
        }

        File.Move(temporary, output, overwrite: true);
        context.Terminal.Note($"Written: {output}{(File.Exists(data) ? $" and {data}" : string.Empty)}, {Format.Bytes(new FileInfo(output).Length + (File.Exists(data) ? new FileInfo(data).Length : 0))}");
        return ExitCode.Done;
    }
}
