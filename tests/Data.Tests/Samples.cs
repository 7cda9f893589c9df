using Dlrm.Numerics;

namespace Dlrm.Data.Tests;

/// <summary>Makes small datasets in which every value says which row it belongs to.</summary>
internal static class Samples
{
    /// <summary>Gets the schema: 2 dense features (row number low and high), one-hot C1 (row mod 1009), lists C2, weighted lists C3.</summary>
    public static DatasetSchema Schema { get; } = new()
    {
        LabelKind = LabelKind.Binary,
        Dense = ["I1", "I2"],
        Sparse = [new("C1", 1009), new("C2", 50) { IsMultiHot = true }, new("C3", 60) { IsMultiHot = true, IsWeighted = true }],
    };

    /// <summary>Makes rows <c>first .. first + count</c>; row r has r mod 4 ids in C2 and r mod 3 ids in C3.</summary>
    public static Batch Rows(int first, int count)
    {
        Batch batch = new(2, 3);
        batch.Resize(count);
        List<long>[] ids = [[], [], []];
        List<int>[] offsets = [[0], [0], [0]];
        List<float> weights = [];
        for (int b = 0; b < count; b++)
        {
            int row = first + b;
            batch.Labels[b] = row % 2;
            batch.Dense[2 * b] = row % 4096;
            batch.Dense[(2 * b) + 1] = row / 4096;
            ids[0].Add(row % 1009);
            for (int i = 0; i < row % 4; i++)
            {
                ids[1].Add((row + i) % 50);
            }

            for (int i = 0; i < row % 3; i++)
            {
                ids[2].Add((row + (7 * i)) % 60);
                weights.Add(row + (i / 4f));
            }

            for (int f = 0; f < 3; f++)
            {
                offsets[f].Add(ids[f].Count);
            }
        }

        for (int f = 0; f < 3; f++)
        {
            batch.Sparse[f].Resize(count, ids[f].Count, isWeighted: f == 2);
            ids[f].ToArray().CopyTo(batch.Sparse[f].Indices);
            offsets[f].ToArray().CopyTo(batch.Sparse[f].Offsets);
        }

        weights.ToArray().CopyTo(batch.Sparse[2].Weights);
        return batch;
    }

    /// <summary>Gets the number of the row that a sample is.</summary>
    public static int RowOf(Batch batch, int sample) => (int)batch.Dense[2 * sample] + (4096 * (int)batch.Dense[(2 * sample) + 1]);

    /// <summary>Checks that every field of a sample belongs to its row.</summary>
    public static void AssertWhole(Batch batch)
    {
        for (int b = 0; b < batch.Size; b++)
        {
            int row = RowOf(batch, b);
            Batch expected = Rows(row, 1);
            Assert.Equal(expected.Labels[0], batch.Labels[b]);
            for (int f = 0; f < 3; f++)
            {
                JaggedIndices bags = batch.Sparse[f];
                Assert.Equal(expected.Sparse[f].Indices.ToArray(), bags.Indices[bags.Offsets[b]..bags.Offsets[b + 1]].ToArray());
                Assert.Equal(f == 2, bags.IsWeighted);
            }

            Assert.Equal(
                expected.Sparse[2].Weights.ToArray(),
                batch.Sparse[2].Weights[batch.Sparse[2].Offsets[b]..batch.Sparse[2].Offsets[b + 1]].ToArray());
        }
    }

    /// <summary>Writes a dataset whose training split has files of the given rows.</summary>
    public static DatasetFolder Write(string folder, int rows, int rowsPerFile, int rowGroupRows = 2048)
    {
        using DatasetWriter writer = new(new DatasetWriterOptions { Folder = folder, Schema = Schema, RowsPerFile = rowsPerFile, RowGroupRows = rowGroupRows });
        for (int first = 0; first < rows; first += 777)
        {
            writer.Append(DatasetSplit.Train, Rows(first, Math.Min(777, rows - first)));
        }

        writer.Complete();
        return DatasetFolder.Open(folder);
    }
}
