using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Passes batches from one producing thread to one consumer through a ring of reused batches.</summary>
internal sealed class ReadAhead
{
    private readonly object _gate = new();
    private readonly Batch[] _batches;
    private readonly long[] _ends;
    private long _produced;
    private long _consumed;
    private bool _isHeld;
    private bool _isDone;
    private bool _isStopped;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Initializes a new instance of the <see cref="ReadAhead"/> class.</summary>
    /// <param name="batches">The batches to reuse: one more than may wait.</param>
    internal ReadAhead(Batch[] batches)
    {
        _batches = batches;
        _ends = new long[batches.Length];
    }

    /// <summary>Gets a value indicating whether the consumer wants no more.</summary>
    internal bool IsStopped => Volatile.Read(ref _isStopped);

    /// <summary>Waits for a free batch (producer).</summary>
    /// <returns>The batch, or null when the consumer wants no more.</returns>
    internal Batch? Rent()
    {
        lock (_gate)
        {
            while (!_isStopped && _produced - _consumed == _batches.Length)
            {
                Monitor.Wait(_gate);
            }

            return _isStopped ? null : _batches[_produced % _batches.Length];
        }
    }

    /// <summary>Hands the rented batch over (producer).</summary>
    /// <param name="end">The rows of the epoch up to its end.</param>
    internal void Publish(long end)
    {
        lock (_gate)
        {
            _ends[_produced++ % _batches.Length] = end;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Says that there will be no more (producer).</summary>
    /// <param name="failure">Why, when it is not the end of the epoch.</param>
    internal void Complete(Exception? failure)
    {
        lock (_gate)
        {
            _failure = failure is null ? null : ExceptionDispatchInfo.Capture(failure);
            _isDone = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Gives the batch held back and waits for the next (consumer).</summary>
    /// <param name="end">Receives the rows of the epoch up to the batch's end.</param>
    /// <param name="time">The clock.</param>
    /// <param name="waited">Is increased by the time waited.</param>
    /// <returns>The batch, or null at the end of the epoch.</returns>
    internal Batch? Take(ref long end, TimeProvider time, ref TimeSpan waited)
    {
        lock (_gate)
        {
            if (_isHeld)
            {
                _consumed++;
                _isHeld = false;
                Monitor.PulseAll(_gate);
            }

            if (_produced == _consumed && !_isDone)
            {
                long start = time.GetTimestamp();
                while (_produced == _consumed && !_isDone)
                {
                    Monitor.Wait(_gate);
                }

                waited += time.GetElapsedTime(start);
            }

            if (_produced == _consumed)
            {
                _failure?.Throw();
                return null;
            }

            Debug.Assert(!_isHeld, "One batch is held at a time.");
            _isHeld = true;
            end = _ends[_consumed % _batches.Length];
            return _batches[_consumed % _batches.Length];
        }
    }

    /// <summary>Tells the producer to stop (consumer).</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }
    }
}
