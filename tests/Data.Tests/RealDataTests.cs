using Dlrm.Data.Interop;
using Dlrm.Numerics;
using Dlrm.TestSupport;

namespace Dlrm.Data.Tests;

/// <summary>Converts and reads the real rows; skipped where they are absent.</summary>
public sealed class RealDataTests
{
    [SkippableFact]
    public void Convert_KaggleSample_KeepsEveryRowInOrder()
    {
        string input = SharedData.Require("criteo-kaggle-137k-parquet/toy_train.txt");
        using TemporaryFolder folder = new();

        ConvertReport report = DatasetConverter.Convert(new ConvertOptions { Inputs = [input], Output = folder["set"] });

        DatasetFolder dataset = DatasetFolder.Open(folder["set"]);
        Assert.Equal(137139, Enum.GetValues<DatasetSplit>().Sum(dataset.Schema.Rows));
        Assert.Equal((109711, 13714, 13714), (dataset.Schema.Rows(DatasetSplit.Train), dataset.Schema.Rows(DatasetSplit.Valid), dataset.Schema.Rows(DatasetSplit.Test)));
        Assert.InRange(dataset.Schema.Sparse.Sum(static f => f.Rows), 65500, 65900);
        Assert.Equal(35213, Enum.GetValues<DatasetSplit>().Sum(split => Clicks(dataset, split)));
        Assert.True(report.DenseNegative[1] > 0, "I2 of Criteo has −1 and more.");
    }

    [SkippableFact]
    public void Convert_TerabyteRowsAndTinyDays_AreRead()
    {
        string input = SharedData.Require("criteo-terabyte-day0-10k");
        using TemporaryFolder folder = new();

        ConvertReport rows = DatasetConverter.Convert(new ConvertOptions { Inputs = [Path.Combine(input, "day_0.part.txt.gz")], Output = folder["set"] });
        ConvertReport days = DatasetConverter.Convert(new ConvertOptions { Inputs = [Path.Combine(input, "dlrmjl_day_?.gz")], Output = folder["days"] });

        Assert.Equal(10000, Enum.GetValues<DatasetSplit>().Sum(rows.Schema.Rows));
        Assert.Equal(250, Enum.GetValues<DatasetSplit>().Sum(days.Schema.Rows));
    }

    [SkippableFact]
    public void Convert_PatternThatFitsTheTestDayToo_TrainsOnTheOtherDays()
    {
        string input = SharedData.Require("criteo-terabyte-day0-10k");
        using TemporaryFolder folder = new();

        ConvertReport days = DatasetConverter.Convert(new ConvertOptions
        {
            Inputs = [Path.Combine(input, "dlrmjl_day_?.gz")],
            TestInputs = [Path.Combine(input, "dlrmjl_day_4.gz")],
            Split = SplitKind.Given,
            Output = folder["days"],
        });

        Assert.Equal((200, 50), (days.Schema.Rows(DatasetSplit.Train), days.Schema.Rows(DatasetSplit.Test)));
    }

    [SkippableTheory, InlineData(1, 5000), InlineData(3, 1 << 16)]
    public void TryRead_OneEpochOfTheRealRows_VisitsEachExactlyOnce(int workers, int window)
    {
        const int Rows = 137139;
        string input = SharedData.Require("criteo-kaggle-137k-parquet/toy_train.txt");
        using TemporaryFolder folder = new();
        using (DuckDbConnection connection = new(new DuckDbOptions()))
        {
            // The number of the row stands in it as a feature; a 32-bit float holds it exactly.
            connection.Execute($"COPY (SELECT row_number() OVER () - 1 AS key, * FROM read_parquet('{input}/*.parquet')) TO '{folder["keyed.parquet"]}' (FORMAT parquet)");
        }

        DatasetConverter.Convert(new ConvertOptions
        {
            Inputs = [folder["keyed.parquet"]],
            Output = folder["set"],
            ValidFraction = 0,
            TestFraction = 0,
            RowsPerFile = 30000,
            Transform = DenseTransform.None,
            Input = new() { Columns = new() { Dense = ["key"] } },
        });
        DatasetFolder dataset = DatasetFolder.Open(folder["set"]);
        int[] visits = new int[Rows];
        (long sum, long xor, double clicks) = (0, 0, 0);
        for (int worker = 0; worker < workers; worker++)
        {
            using ParquetBatchSource source = new(dataset, DatasetSplit.Train, new BatchSourceOptions { ShuffleWindow = window, Seed = 7, Worker = worker, WorldSize = workers });
            while (source.TryRead(out Batch batch))
            {
                for (int b = 0; b < batch.Size; b++)
                {
                    int key = (int)batch.Dense[b];
                    visits[key]++;
                    sum += key;
                    xor ^= key;
                    clicks += batch.Labels[b];
                }
            }
        }

        Assert.Equal((Rows * (Rows - 1L) / 2, Enumerable.Range(0, Rows).Aggregate(0L, static (a, b) => a ^ b), 35213.0), (sum, xor, clicks));
        Assert.DoesNotContain(visits, static count => count != 1);
    }

    [SkippableFact]
    public void Convert_KaggleTexts_AreRead()
    {
        string input = SharedData.Require("criteo-kaggle-text");
        using TemporaryFolder folder = new();
        RawInputOptions indexed = new() { HasHeader = true, Columns = new() { FileColumns = ["row", "label", .. new ColumnMapping().Dense, .. new ColumnMapping().Sparse] } };
        ConvertOptions options = new() { Inputs = [Path.Combine(input, "guanlong_criteo_small_train.csv.gz")], Output = folder["set"], Overwrite = true, Input = indexed };

        ConvertReport train = DatasetConverter.Convert(options);
        ConvertReport header = DatasetConverter.Convert(options with { Inputs = [Path.Combine(input, "deepctr_criteo_sample.txt")], Input = new() });
        ConvertReport byItself = DatasetConverter.Convert(options with { Input = new() });
        ConvertReport tabs = DatasetConverter.Convert(options with { Inputs = [Path.Combine(input, "chenz0zz0_test.txt.gz")], Input = new() });

        Assert.Equal((15000, 200, 10000), (All(train), All(header), All(tabs)));
        Assert.Equal((train.Schema.Fingerprint, 15000), (byItself.Schema.Fingerprint, All(byItself)));
        Assert.True(tabs.Schema.Sparse.Sum(static f => f.Rows) > 5000, "Ten thousand rows repeat some thousand values.");
    }

    [SkippableFact, Trait("Speed", "Slow")]
    public void Convert_MovieLens_HasEveryRating()
    {
        string input = SharedData.Require("movielens-1m");
        using TemporaryFolder folder = new();
        RawInputOptions ratings = new() { Columns = new() { Label = "rating", LabelThreshold = 4, Dense = [], Sparse = ["user", "item"], FileColumns = ["user", "item", "rating"] } };

        ConvertReport report = DatasetConverter.Convert(
            new ConvertOptions { Inputs = [Path.Combine(input, "test_1m?.dat.gz")], Output = folder["set"], Input = ratings, Split = SplitKind.RowHash, MinFrequency = 1 });

        Assert.Equal(1000209, All(report));
        Assert.Equal(6042, report.Schema.Sparse[0].Rows);
    }

    [SkippableFact]
    public void TryRead_UnlabelledRows_AreEncodedInOrder()
    {
        string input = SharedData.Require("criteo-kaggle-137k-parquet");
        using TemporaryFolder folder = new();
        DatasetConverter.Convert(new ConvertOptions { Inputs = [Path.Combine(input, "toy_train.txt", "part-0000?-*.parquet")], Output = folder["set"] });
        DatasetFolder dataset = DatasetFolder.Open(folder["set"]);
        using RawBatchSource source = new(dataset.Schema, dataset.VocabularyPath, [Path.Combine(input, "toy_test.txt")], new RawBatchSourceOptions());
        long rows = 0;

        while (source.TryRead(out Batch batch))
        {
            rows += batch.Size;
        }

        Assert.Equal((18181, 18181, false), (rows, source.Samples, source.HasLabels));
        Assert.True(source.UnknownValues[2] > 1000, "C3 has many values that training rows don't have.");
    }

    private static long All(ConvertReport report) => Enum.GetValues<DatasetSplit>().Sum(report.Schema.Rows);

    private static double Clicks(DatasetFolder dataset, DatasetSplit split)
    {
        using ParquetBatchSource source = new(dataset, split, new BatchSourceOptions());
        double clicks = 0;
        while (source.TryRead(out Batch batch))
        {
            foreach (float label in batch.Labels)
            {
                clicks += label;
            }
        }

        return clicks;
    }
}
