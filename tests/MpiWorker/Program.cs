using Dlrm.Distributed;
using Dlrm.Distributed.Tests;

// One worker of a job that a test starts with mpiexec: calls every operation and says what came of it. Exit codes: 0 all right, 1 wrong result, 3 no MPI.
MpiLaunch? launch = MpiLaunch.Find(Environment.GetEnvironmentVariable);
if (launch is null)
{
    Console.Error.WriteLine("No launcher.");
    return 3;
}

try
{
    using MpiCommunicator communicator = MpiCommunicator.Start(launch);
    (int rank, int size) = (communicator.Rank, communicator.WorldSize);
    if (args is ["die"] && rank == size - 1)
    {
        communicator.Abort(7);
    }

    if (args is ["shard"])
    {
        double difference = ShardedTable.LargestDifference(communicator);
        (long grown, long whole) = ShardedTable.Memory(communicator);
        bool isSmall = grown < (whole / size) + (whole / 6);
        Console.WriteLine($"rank {rank} of {size}: {(difference <= 1e-6 && isSmall ? "right" : "WRONG")}, largest difference {difference:0.0e+0}, grew by {grown >> 20} MiB for a table of {whole >> 20} MiB");
        return difference <= 1e-6 && isSmall ? 0 : 1;
    }

    if (args is ["exit", string code] && rank == size - 1)
    {
        // Without leaving the job: the others are waiting.
        Environment.Exit(int.Parse(code, System.Globalization.CultureInfo.InvariantCulture));
    }

    float[] numbers = [.. Enumerable.Range(0, 100_003).Select(i => (i % 97) + (1000f * rank))];
    communicator.AllReduceSum(numbers);
    double[] precise = [0.5 + rank, -rank];
    communicator.AllReduceSum(precise);
    byte[] text = rank == size - 1 ? "from the last"u8.ToArray() : new byte[13];
    communicator.Broadcast(text, size - 1);
    float[][] buckets = [.. Enumerable.Range(0, 3).Select(b => Enumerable.Range(0, 70_001).Select(i => (i % 89) + b + (100f * rank)).ToArray())];
    IPendingOperation[] pending = [.. buckets.Select(bucket => communicator.StartAllReduceSum(bucket))];
    int tests = pending.Count(operation => operation.Test());
    foreach (IPendingOperation operation in pending)
    {
        operation.Wait();
    }

    int[] lengths = [.. Enumerable.Range(1, size)];
    byte[] gathered = new byte[lengths.Sum()];
    communicator.AllGather([.. Enumerable.Repeat((byte)rank, rank + 1)], gathered, lengths);
    communicator.Barrier();
    IReadOnlyList<string> mistakes = Exchanges.Mistakes(communicator);
    foreach (string mistake in mistakes)
    {
        Console.Error.WriteLine($"rank {rank} of {size}: {mistake}");
    }

    float ranks = size * (size - 1) / 2f;
    bool isRight = numbers.Select((value, i) => value == (size * (i % 97)) + (1000 * ranks)).All(same => same)
        && precise[0] == (0.5 * size) + ranks && precise[1] == -ranks && text.AsSpan().SequenceEqual("from the last"u8) && rank == launch.Rank && mistakes.Count == 0
        && buckets.Select((bucket, b) => bucket.Select((value, i) => value == (size * ((i % 89) + b)) + (100 * ranks)).All(same => same)).All(same => same)
        && tests <= pending.Length && pending.All(operation => operation.Test())
        && gathered.AsSpan().SequenceEqual(lengths.SelectMany(length => Enumerable.Repeat((byte)(length - 1), length)).ToArray());
    Console.WriteLine($"rank {rank} of {size}: {(isRight ? "right" : "WRONG")}, {communicator.Description}");
    return isRight ? 0 : 1;
}
catch (CommunicationException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 3;
}
