using Dlrm.Data;

namespace Dlrm.CommandLine.Configuration;

/// <summary>Where the data of a run are and how they are read.</summary>
internal sealed record DataOptions
{
    /// <summary>Gets the dataset's folder.</summary>
    public string Folder { get; init; } = string.Empty;

    /// <summary>Gets the rows that are shuffled together; 0 keeps the order of files and rows.</summary>
    /// <value>The default is 65,536 rows.</value>
    public int ShuffleWindow { get; init; } = 1 << 16;

    /// <summary>Gets the batches that are read ahead.</summary>
    /// <value>The default is 8 batches.</value>
    public int ReadAhead { get; init; } = 8;

    /// <summary>Gets the samples of a batch when evaluating and predicting.</summary>
    /// <value>The default is 4,096 samples.</value>
    public int EvaluationBatchSize { get; init; } = 4096;

    /// <summary>Gets what happens to an id that is not a row of its table.</summary>
    /// <value>The default is Fail.</value>
    public IdPolicy OutOfRangeIds { get; init; } = IdPolicy.Fail;

    /// <summary>Gets the memory that decoding may hold, in megabytes.</summary>
    /// <value>The default is 1,024 MB.</value>
    public int MemoryMegabytes { get; init; } = 1024;

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        (string Name, int Value, int Least)[] fields =
        [
            ("shuffleWindow", ShuffleWindow, 0),
            ("readAhead", ReadAhead, 1),
            ("evaluationBatchSize", EvaluationBatchSize, 1),
            ("memoryMegabytes", MemoryMegabytes, 64),
        ];
        return fields.Where(field => field.Value < field.Least).Select(field => $"{path}.{field.Name} is {field.Value}; it must be at least {field.Least}.");
    }
}
