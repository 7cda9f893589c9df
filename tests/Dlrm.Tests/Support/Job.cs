using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.Tests.Support;

/// <summary>Runs a job of several workers, each a thread with its own device, model and data.</summary>
internal static class Job
{
    internal const int Rows = 547;

    /// <summary>Gets a worker's part of every batch: what one worker would read.</summary>
    internal static IBatchSource Parts(int rank, int workers, int batchSize, int rows = Rows) => new PartSource(new ClickSource(rows, batchSize, seed: 1), rank, workers, batchSize);

    /// <summary>Trains and gives what a use of each worker's trainer and model gives.</summary>
    internal static T[] Run<T>(
        int workers, DlrmOptions options, Func<Trainer, DlrmModel, ICommunicator, T> use, Func<int, IBatchSource>? data = null, Func<ICommunicator, ICommunicator>? communicators = null,
        Func<int, IBatchSource?>? validation = null)
    {
        T[] results = new T[workers];
        Exception?[] failures = new Exception?[workers];
        Thread[] threads = [.. ThreadCommunicator.Create(workers).Select(own => new Thread(() =>
        {
            using ICommunicator communicator = communicators?.Invoke(own) ?? own;
            try
            {
                using CpuDevice device = new(1);
                using DlrmModel model = new(device, options, Models.Inputs, new CommunicatorRowExchange(communicator));
                using IBatchSource source = data?.Invoke(own.Rank) ?? Parts(own.Rank, workers, options.Training.BatchSize);
                using IBatchSource? valid = validation?.Invoke(own.Rank);
                using Trainer trainer = new(model, source, valid, communicator, TimeProvider.System);
                results[own.Rank] = use(trainer, model, communicator);
            }
            catch (Exception exception)
            {
                failures[own.Rank] = exception;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        foreach (Thread thread in threads)
        {
            Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "A worker hangs.");
        }

        Exception[] thrown = [.. failures.OfType<Exception>()];
        return thrown.Length > 0 ? throw new AggregateException(thrown) : results;
    }

    /// <summary>Trains and gives each worker's state after the run.</summary>
    internal static MemoryState[] Train(int workers, DlrmOptions options, Func<ICommunicator, ICommunicator>? communicators = null, Func<int, IBatchSource>? data = null) =>
        Run(workers, options, (trainer, model, _) =>
        {
            trainer.Run();
            return Models.StateOf(model);
        }, data, communicators);
}
