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
