namespace Dlrm.Numerics.Cpu;

/// <summary>Runs pieces of a job on a fixed set of threads.</summary>
/// <remarks>How work is cut never depends on the number of threads, so results have the same bits for any number. One caller at a time.</remarks>
internal sealed class WorkerPool : IDisposable
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _starts;
    private readonly CountdownEvent _finished = new(1);
    private readonly JobSlot _slot = new();
    private volatile bool _isDisposed;

    internal WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _threads = new Thread[threads - 1];
        _starts = new SemaphoreSlim[threads - 1];
        for (int t = 0; t < threads - 1; t++)
        {
            SemaphoreSlim start = _starts[t] = new SemaphoreSlim(0);
            _threads[t] = new Thread(() => Work(start)) { IsBackground = true, Name = $"Dlrm worker {t + 1}" };
            _threads[t].Start();
        }
    }

    /// <summary>Gets the number of threads, the caller's included.</summary>
    internal int Threads { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (SemaphoreSlim start in _starts)
        {
            start.Release();
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        foreach (SemaphoreSlim start in _starts)
        {
            start.Dispose();
        }

        _finished.Dispose();
    }

    /// <summary>Runs every piece and returns when all are done; the caller works too.</summary>
    /// <typeparam name="TJob">A struct, so that nothing is allocated for pieces run by the caller alone.</typeparam>
    /// <param name="pieces">The number of pieces.</param>
    /// <param name="job">The work.</param>
    /// <exception cref="AggregateException">A piece threw.</exception>
    internal void Run<TJob>(int pieces, TJob job)
        where TJob : struct, IPieceJob
    {
        if (pieces <= 1 || Threads == 1)
        {
            try
            {
                for (int piece = 0; piece < pieces; piece++)
                {
                    job.Run(piece);
                }
            }
            catch (Exception exception)
            {
                throw new AggregateException(exception);
            }

            return;
        }

        JobHolder<TJob> holder = JobHolder<TJob>.Rent();
        holder.Job = job;
        _slot.Set(holder, pieces);
        int helpers = Math.Min(_threads.Length, pieces - 1);
        _finished.Reset(helpers);
        for (int t = 0; t < helpers; t++)
        {
            _starts[t].Release();
        }

        _slot.Drain();
        _finished.Wait();
        holder.Return();
        _slot.ThrowIfFailed();
    }

    private void Work(SemaphoreSlim start)
    {
        while (true)
        {
            start.Wait();
            if (_isDisposed)
            {
                return;
            }

            _slot.Drain();
            _finished.Signal();
        }
    }

    private abstract class JobHolder
    {
        internal abstract void Run(int piece);
    }

    private sealed class JobHolder<TJob> : JobHolder
        where TJob : struct, IPieceJob
    {
        [ThreadStatic]
        private static JobHolder<TJob>? t_spare;

        internal TJob Job;

        internal static JobHolder<TJob> Rent()
        {
            JobHolder<TJob> holder = t_spare ?? new JobHolder<TJob>();
            t_spare = null;
            return holder;
        }

        internal void Return()
        {
            Job = default;
            t_spare = this;
        }

        internal override void Run(int piece)
        {
            TJob job = Job;
            job.Run(piece);
        }
    }

    private sealed class JobSlot
    {
        private JobHolder? _holder;
        private int _pieces;
        private int _next;
        private Exception? _failure;

        internal void Set(JobHolder holder, int pieces)
        {
            _holder = holder;
            _pieces = pieces;
            _failure = null;
            Volatile.Write(ref _next, 0);
        }

        internal void Drain()
        {
            while (true)
            {
                int piece = Interlocked.Increment(ref _next) - 1;
                if (piece >= _pieces)
                {
                    return;
                }

                try
                {
                    _holder!.Run(piece);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref _failure, exception, null);
                }
            }
        }

        internal void ThrowIfFailed()
        {
            if (_failure is not null)
            {
                throw new AggregateException(_failure);
            }
        }
    }
}
