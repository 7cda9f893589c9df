using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.Tests.Sharding;

/// <summary>One of the workers of a test, a thread with a device of its own.</summary>
internal sealed class ShardWorker
{
    private ShardWorker(ICommunicator communicator, CpuDevice device)
    {
        Communicator = communicator;
        Device = device;
        Exchange = new CommunicatorRowExchange(communicator);
        Shards = new RowShards(Exchange);
    }

    internal ICommunicator Communicator { get; }

    internal CpuDevice Device { get; }

    internal CommunicatorRowExchange Exchange { get; }

    internal RowShards Shards { get; }

    /// <summary>Runs the workers of a job; a failure of one fails the job.</summary>
    internal static T[] Run<T>(int workers, Func<ShardWorker, T> work)
    {
        T[] results = new T[workers];
        Task[] tasks = [.. ThreadCommunicator.Create(workers).Select(communicator => Task.Factory.StartNew(
            () =>
            {
                using (communicator)
                using (CpuDevice device = new(1))
                {
                    results[communicator.Rank] = work(new ShardWorker(communicator, device));
                }
            },
            TaskCreationOptions.LongRunning))];
        Task.WaitAll(tasks);
        return results;
    }

    /// <summary>Gets the saved tensors of a parameter, whole; all workers call it, and worker 0 has them.</summary>
    internal Dictionary<string, float[]> Read(Parameter parameter)
    {
        TableWriter writer = new();
        Shards.Lead(() => parameter.Save(writer, StateParts.All));
        return writer.Tensors;
    }
}
