namespace Dlrm.Training;

/// <summary>Notices that a training run does not go on: no step, no batch of an evaluation, nothing, for a time.</summary>
/// <remarks>A worker that hangs is never noticed by MPI: the others wait for it for ever.</remarks>
public sealed class StallWatchdog : IDisposable
{
    private readonly Trainer _trainer;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;
    private readonly Action<string> _stalled;
    private readonly ITimer _timer;
    private long _progress = -1;
    private long _since;
    private int _isTold;

    /// <summary>Initializes a new instance of the <see cref="StallWatchdog"/> class and starts it.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="timeout">The longest time without progress.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="stalled">Called once, on another thread, with a sentence that says where the run stands.</param>
    public StallWatchdog(Trainer trainer, TimeSpan timeout, TimeProvider clock, Action<string> stalled)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(stalled);
        _trainer = trainer;
        _timeout = timeout;
        _clock = clock;
        _stalled = stalled;
        _since = clock.GetTimestamp();
        TimeSpan period = timeout / 10 < TimeSpan.FromSeconds(1) ? timeout / 10 : TimeSpan.FromSeconds(1);
        _timer = clock.CreateTimer(_ => Look(), null, period, period);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (_trainer.Progress != _progress)
        {
            _progress = _trainer.Progress;
            _since = _clock.GetTimestamp();
        }
        else if (_clock.GetElapsedTime(_since) >= _timeout && Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            _stalled($"nothing has happened for {_timeout.TotalSeconds:0} s after step {_trainer.Step}; it is {_trainer.Activity} (distributed.stallTimeout).");
        }
    }
}
