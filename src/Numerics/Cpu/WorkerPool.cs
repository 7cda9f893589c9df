namespace Dlrm.Numerics.Cpu;

/// <summary>Runs pieces of a job on a fixed set of threads.</summary>
/// <remarks>How work is cut never depends on the number of threads, so results have the same bits for any number. One caller at a time.</remarks>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>Rounds of spinning before a thread sleeps: some fifty microseconds.</summary>
    private const int Spins = 1500;

    private const int SpinLength = 1;
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _starts;
    private readonly JobSlot _slot = new();
    private volatile bool _isDisposed;
    private int _isBusy;

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
    }

    /// <summary>Runs every piece and returns when all are done; the caller works too.</summary>
    /// <typeparam name="TJob">A struct, so that nothing is allocated for pieces run by the caller alone.</typeparam>
    /// <param name="pieces">The number of pieces.</param>
    /// <param name="job">The work.</param>
    /// <exception cref="AggregateException">A piece threw.</exception>
    /// <exception cref="InvalidOperationException">Another thread, or a piece of this job, is running a job.</exception>
    internal void Run<TJob>(int pieces, TJob job)
        where TJob : struct, IPieceJob
    {
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            throw new InvalidOperationException(
                "Two operators ran on one device at the same time; a device serves one caller at a time: make one device for each thread, or take turns.");
        }

        try
        {
            RunAlone(pieces, job);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private void RunAlone<TJob>(int pieces, TJob job)
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
        _slot.Open(holder, pieces);
        int helpers = Math.Min(_threads.Length, pieces - 1);
        for (int t = 0; t < helpers; t++)
        {
            if (_starts[t].CurrentCount == 0)
            {
                _starts[t].Release();
            }
        }

        _slot.Drain();
        try
        {
            _slot.WaitAndThrow();
        }
        finally
        {
            holder.Return();
        }
    }

    private void Work(SemaphoreSlim start)
    {
        while (true)
        {
            // Operators of a step follow one another within microseconds; waking a sleeping thread takes longer than many of them.
            for (int spin = 0; spin < Spins && start.CurrentCount == 0; spin++)
            {
                Thread.SpinWait(SpinLength);
            }

            start.Wait();
            if (_isDisposed)
            {
                return;
            }

            _slot.Drain();
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

    /// <summary>The job that is open, and the next piece of it.</summary>
    /// <remarks>
    /// The caller waits for pieces, not for threads: a worker that the system wakes late finds nothing to do and delays nobody.
    /// It may even wake in the middle of a later job, so a piece is taken by compare-and-swap on job number and piece together.
    /// </remarks>
    private sealed class JobSlot
    {
        private const int Closed = int.MaxValue;
        private readonly object _gate = new();
        private JobHolder? _holder;
        private int _pieces;
        private int _remaining;
        private long _ticket = Closed;
        private Exception? _failure;

        internal void Open(JobHolder holder, int pieces)
        {
            // Closed under a number of its own while the fields change, so that nobody takes a piece of half a job.
            long job = (_ticket >> 32) + 1;
            Interlocked.Exchange(ref _ticket, (job << 32) | Closed);
            _holder = holder;
            _pieces = pieces;
            _remaining = pieces;
            _failure = null;
            Interlocked.Exchange(ref _ticket, (job + 1) << 32);
        }

        internal void Drain()
        {
            while (true)
            {
                long ticket = Interlocked.Read(ref _ticket);
                JobHolder? holder = Volatile.Read(ref _holder);
                int piece = (int)ticket;
                if (piece >= Volatile.Read(ref _pieces))
                {
                    return;
                }

                if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) == ticket)
                {
                    RunPiece(holder!, piece);
                }
            }
        }

        internal void WaitAndThrow()
        {
            for (int spin = 0; spin < Spins && Volatile.Read(ref _remaining) > 0; spin++)
            {
                Thread.SpinWait(SpinLength);
            }

            lock (_gate)
            {
                while (_remaining > 0)
                {
                    Monitor.Wait(_gate);
                }
            }

            _holder = null;
            if (_failure is not null)
            {
                throw new AggregateException(_failure);
            }
        }

        private void RunPiece(JobHolder holder, int piece)
        {
            try
            {
                holder.Run(piece);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref _failure, exception, null);
            }

            if (Interlocked.Decrement(ref _remaining) == 0)
            {
                lock (_gate)
                {
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }
}
