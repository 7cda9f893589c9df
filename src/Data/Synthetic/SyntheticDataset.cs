using System.Runtime.ExceptionServices;
using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Writes synthetic data as a dataset's folder, with the teacher beside the schema.</summary>
public static class SyntheticDataset
{
    /// <summary>Generates and writes all rows; the folder appears when it is whole.</summary>
    /// <remarks>
    /// <para>Columns: <c>label</c>, <c>I1…</c> as ln(1 + x), <c>C1…</c> as ids. Memory: the writer's limit and about 6 blocks, whatever the
    /// number of rows. The same options give the same bytes for every number of threads.</para>
    /// </remarks>
    /// <param name="generator">What generates the rows.</param>
    /// <param name="folder">The folder to make.</param>
    /// <param name="overwrite">Whether a dataset that is there already is replaced.</param>
    /// <param name="threads">The threads that generate blocks, while one more writes; at least 1.</param>
    /// <param name="progress">Is told after every few blocks; may be null.</param>
    /// <param name="cancellation">Stops between blocks; nothing is left then.</param>
    /// <returns>The teacher's description, with the best possible figures of each split.</returns>
    /// <exception cref="OptionsException">An option is out of range, or a table has more rows than a dataset on disk can have (2^31 - 1).</exception>
    /// <exception cref="IOException">The target can't be replaced, or the disk does not suffice; nothing appears at the target then.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static TeacherDescription Write(
        SyntheticGenerator generator,
        string folder,
        bool overwrite = false,
        int threads = 1,
        IProgress<GeneratorProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        RequireStorable(generator.Options);
        using DatasetWriter writer = new(new DatasetWriterOptions { Folder = folder, Overwrite = overwrite, Schema = SchemaOf(generator.Options) });
        BayesAccumulator[] figures = [new(), new(), new()];
        Batch batch = new(generator.Options.DenseFeatures, generator.Options.Tables.Count);
        SyntheticBlock[] filling = NewBlocks(generator, threads);
        SyntheticBlock[] writing = NewBlocks(generator, threads);

        // One group of blocks is written while the next one is generated.
        int written = 0;
        for (long next = 0; next < generator.Blocks || written > 0; next += threads)
        {
            cancellation.ThrowIfCancellationRequested();
            int toFill = (int)Math.Max(0, Math.Min(threads, generator.Blocks - next));
            int toWrite = written;
            RunTogether(1 + toFill, (int i) =>
            {
                if (i > 0)
                {
                    generator.Fill(next + i - 1, filling[i - 1]);
                    return;
                }

                for (int b = 0; b < toWrite; b++)
                {
                    Append(writer, writing[b], batch, figures, generator.Options);
                }
            });
            if (toWrite > 0)
            {
                progress?.Report(new GeneratorProgress(writing[toWrite - 1].FirstRow + writing[toWrite - 1].Count, generator.Options.Rows));
            }

            (filling, writing) = (writing, filling);
            written = toFill;
        }

        TeacherDescription description = TeacherFile.Write(
            writer.PartialFolder, generator, [.. figures.Select((BayesAccumulator split) => split.Compute())]);
        writer.Complete();
        return description;
    }

    /// <summary>Gets the schema of the dataset that options describe.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The schema, without files.</returns>
    public static DatasetSchema SchemaOf(GeneratorOptions options) => new()
    {
        Dense = [.. Enumerable.Range(1, options.DenseFeatures).Select((int f) => $"I{f}")],
        Transform = DenseTransform.Log1P,
        Sparse = [.. options.Tables.Select((SyntheticTable table, int t) => new SparseFeature($"C{t + 1}", table.Rows))],
    };

    private static void RequireStorable(GeneratorOptions options)
    {
        string[] problems =
        [
            .. options.Tables.Index().Where(((int T, SyntheticTable Table) entry) => entry.Table.Rows > int.MaxValue).Select(
                ((int T, SyntheticTable Table) entry) =>
                    $"Tables[{entry.T}].Rows is {entry.Table.Rows}, but ids on disk reach {int.MaxValue}: use the generator without files for such a table."),
        ];
        if (problems.Length > 0)
        {
            throw new OptionsException(problems);
        }
    }

    private static SyntheticBlock[] NewBlocks(SyntheticGenerator generator, int count) =>
        [.. Enumerable.Range(0, count).Select((int _) => generator.NewBlock())];

    private static void Append(DatasetWriter writer, SyntheticBlock block, Batch batch, BayesAccumulator[] figures, GeneratorOptions options)
    {
        foreach (DatasetSplit split in Enum.GetValues<DatasetSplit>())
        {
            (long firstRow, long endRow) = options.RowsOf(split);
            int first = (int)Math.Clamp(firstRow - block.FirstRow, 0, block.Count);
            int count = (int)Math.Clamp(endRow - block.FirstRow, 0, block.Count) - first;
            if (count > 0)
            {
                block.ResizeAndCopyTo(batch, first, count);
                writer.Append(split, batch);
                figures[(int)split].Add(block, first, count);
            }
        }
    }

    /// <summary>Runs pieces at the same time; the first exception comes out as it is.</summary>
    private static void RunTogether(int pieces, Action<int> piece)
    {
        try
        {
            Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = pieces }, piece);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }
}
