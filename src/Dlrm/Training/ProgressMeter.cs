using Dlrm.Data;

namespace Dlrm.Training;

/// <summary>Measures where the time of a run goes. Nothing here is part of a checkpoint.</summary>
internal sealed class ProgressMeter
{
    private readonly TimeProvider _clock;
    private readonly IBatchSource _source;
    private readonly long _start;
    private readonly TimeSpan _waitAtStart;
    private readonly long _samplesAtStart;

    internal ProgressMeter(TimeProvider clock, IBatchSource source, long samples)
    {
        _clock = clock;
        _source = source;
        _start = clock.GetTimestamp();
        _waitAtStart = source.WaitTime;
        _samplesAtStart = samples;
    }

    /// <summary>Gets the time since the run began.</summary>
    internal TimeSpan Elapsed => _clock.GetElapsedTime(_start);

    /// <summary>Gets or sets the time spent in evaluations and checkpoints.</summary>
    internal TimeSpan Pauses { get; set; }

    /// <summary>Gets or sets the time spent in gauge moves and pruning.</summary>
    internal TimeSpan RankTime { get; set; }

    /// <summary>Gets the share of training time in which it waited for data.</summary>
    internal double DataWaitShare => Share(_source.WaitTime - _waitAtStart);

    /// <summary>Gets the share of training time in gauge moves and pruning.</summary>
    internal double RankShare => Share(RankTime);

    private TimeSpan TrainingTime => Elapsed - Pauses;

    /// <summary>Reads the clock.</summary>
    /// <returns>A time stamp for <see cref="Since"/>.</returns>
    internal long Now() => _clock.GetTimestamp();

    /// <summary>Measures the time since a time stamp.</summary>
    /// <param name="timestamp">What <see cref="Now"/> gave.</param>
    /// <returns>The time.</returns>
    internal TimeSpan Since(long timestamp) => _clock.GetElapsedTime(timestamp);

    /// <summary>Computes the speed.</summary>
    /// <param name="samples">The samples so far.</param>
    /// <returns>Samples per second; 0 at the very start.</returns>
    internal double SamplesPerSecond(long samples) =>
        TrainingTime > TimeSpan.Zero ? (samples - _samplesAtStart) / TrainingTime.TotalSeconds : 0;

    /// <summary>Estimates the time until all samples are trained.</summary>
    /// <param name="samples">The samples so far.</param>
    /// <param name="planned">The samples of the whole run.</param>
    /// <returns>The time at the present speed, pauses included.</returns>
    internal TimeSpan TimeLeft(long samples, long planned)
    {
        long done = samples - _samplesAtStart;
        return done > 0 ? Elapsed * ((double)Math.Max(0, planned - samples) / done) : TimeSpan.Zero;
    }

    /// <summary>Gets the share of training time that something took.</summary>
    /// <param name="part">The time that it took.</param>
    /// <returns>The share.</returns>
    internal double Share(TimeSpan part) => TrainingTime > TimeSpan.Zero ? part / TrainingTime : 0;
}
