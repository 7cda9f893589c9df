using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Dlrm.Bench.Kaggle;
using Dlrm.Bench.Scale;
using Dlrm.Bench.Scaling;
using Dlrm.Bench.Tables;
using Dlrm.Bench.Workers;

if (args is ["scale", ..])
{
    // One pass over sizes and phases in turn, which a benchmark of one method can't do.
    ScaleReport.Write(args.Length > 1 ? args[1] : "docs/results/scale.md");
    return;
}

if (args is ["scaling", ..])
{
    ScalingReport.Write(args.Length > 1 ? args[1] : "docs/results/scaling.md");
    return;
}

if (args is ["kaggle", ..])
{
    KaggleReport.Write(args.Length > 1 ? args[1] : "docs/results/kaggle-shapes.md");
    return;
}

if (args is ["workers", string run, ..])
{
    ConvergenceReport.Write(run, args.Length > 2 ? args[2] : "docs/results/workers.md");
    return;
}

if (args is ["tt-svd", string data, ..])
{
    TtSvdReport.Write(data, args.Length > 2 ? args[2] : "docs/results/tt-svd.md");
    return;
}

if (args is ["tables", string folder, ..])
{
    FrontierReport.Write(folder, args.Length > 2 ? args[2] : "docs/results/tables.md");
    return;
}

if (args is ["kaggle-format", string format])
{
    KaggleRun.Print(format);
    return;
}

// In process: no second build, and the sources' warnings-as-errors do not meet generated code.
IConfig config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default);
BenchmarkSwitcher.FromAssembly(typeof(KaggleReport).Assembly).Run(args, config);
