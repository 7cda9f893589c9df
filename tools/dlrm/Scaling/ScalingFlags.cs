using System.CommandLine;
using System.CommandLine.Parsing;
using Dlrm.CommandLine.Hosting;
using Dlrm.Planning;

namespace Dlrm.CommandLine.Scaling;

/// <summary>The flags of a plan for many workers.</summary>
internal sealed class ScalingFlags
{
    private const int MostWorkers = 1 << 20;

    private readonly Option<int?> _workers = new("--workers")
    {
        Description = "Predict training with 1, 2, 4 … so many workers, each with a batch of its own of training.batchSize samples: as the options say, and with dense tables spread over the workers.",
        HelpName = "n",
    };

    private readonly Option<string?> _latency = new("--latency") { Description = "With --workers: the time of an empty message; 5us unless given or measured under mpiexec.", HelpName = "time" };
    private readonly Option<string?> _bandwidth = new("--bandwidth") { Description = "With --workers: what a worker sends while it receives as much, 10Gb (bits a second) or 12.5GB (bytes); 10Gb unless given or measured under mpiexec.", HelpName = "rate" };
    private readonly Option<double?> _overlap = new("--overlap")
    {
        Description = "With --workers: the share of a sum's time in which a worker can go on computing, from 0 to 1; 1 (a network card moves the data) unless measured under mpiexec, then 0 (processors of one machine do).",
        HelpName = "share",
    };

    private readonly Option<string?> _steps = new("--step-time") { Description = "With --workers: the time of a step with that batch on one worker, instead of measuring it here: 25ms, or 25ms,20ms with that of dense tables.", HelpName = "time" };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "With --workers: where the plot is written.", HelpName = "file.svg" };

    /// <summary>Adds the flags to a command.</summary>
    /// <param name="command">The command.</param>
    internal void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_workers, _latency, _bandwidth, _overlap, _steps, _output])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads the flags.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <param name="launched">The workers that an MPI launcher started; 1 without one.</param>
    /// <returns>The settings; null when nothing of it is asked for.</returns>
    /// <exception cref="UsageException">A value makes no sense, or a flag is of no use without --workers.</exception>
    internal ScalingSettings? Read(ParseResult result, int launched)
    {
        int? workers = result.GetValue(_workers) ?? (launched > 1 ? launched : null);
        Option[] rest = [_latency, _bandwidth, _overlap, _steps, _output];
        if (workers is null)
        {
            Option? useless = rest.FirstOrDefault(option => result.GetResult(option) is OptionResult { Implicit: false });
            return useless is null ? null : throw new UsageException($"{useless.Name} belongs to a plan for many workers: give --workers too.");
        }

        if (workers is < 1 or > MostWorkers)
        {
            throw new UsageException($"--workers is {workers}; it must be in [1, {MostWorkers}].");
        }

        if (result.GetValue(_overlap) is double overlap && overlap is not (>= 0 and <= 1))
        {
            throw new UsageException(FormattableString.Invariant($"--overlap is {overlap}; it must be in [0, 1]."));
        }

        double[] steps = [.. (result.GetValue(_steps)?.Split(',') ?? []).Select(text => NetworkTexts.Seconds(_steps.Name, text))];
        return steps.Length > 2 ? throw new UsageException($"--step-time has {steps.Length} times; give that of the options, and at most that of dense tables too.") : new ScalingSettings
        {
            MostWorkers = workers.Value,
            LatencySeconds = result.GetValue(_latency) is string latency ? NetworkTexts.Seconds(_latency.Name, latency) : null,
            BytesPerSecond = result.GetValue(_bandwidth) is string bandwidth ? NetworkTexts.BytesPerSecond(_bandwidth.Name, bandwidth) : null,
            Overlap = result.GetValue(_overlap),
            StepSeconds = steps.Length > 0 ? steps[0] : null,
            DenseStepSeconds = steps.Length > 0 ? steps[^1] : null,
            Output = result.GetValue(_output),
        };
    }
}
