using Dlrm.Compression;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Tests.Compression;

/// <summary>A small model whose tables have singular values that fall: smooth functions of row and column, some noise, rows of unlike size.</summary>
internal sealed class SampleTables : IDisposable
{
    internal const int Columns = 8;
    internal static readonly string[] Names = ["large", "middle", "small"];
    internal static readonly long[] Rows = [2744, 700, 27];

    internal SampleTables(IDevice device, PoolingType pooling = PoolingType.Sum)
    {
        Model = new DlrmModel(
            device,
            new DlrmOptions { Model = new ModelOptions { EmbeddingDim = Columns, BottomMlp = [Columns], TopMlp = [6], Tables = new TableOptions { Kind = TableKind.Dense, Pooling = pooling } } },
            new ModelInputs(4, Names, Rows));
        Numbers = [.. Rows.Select((rows, t) => Smooth((int)rows, t))];
        Source = SourceModel.Of(Model) with { Tables = [.. Names.Select((name, t) => new SourceTable(name, new ArrayRows(Numbers[t], Columns)))] };
    }

    internal DlrmModel Model { get; }

    internal float[][] Numbers { get; }

    internal SourceModel Source { get; }

    public void Dispose() => Model.Dispose();

    /// <summary>Computes ‖W − Ŵ‖ / ‖W‖ of a table, row by row as a user looks them up.</summary>
    internal double ErrorOf(DlrmModel model, int table)
    {
        float[] values = new float[Numbers[table].Length];
        new BagRows(model.Bags[table], model.Device).Read(0, (int)Rows[table], values);
        return Math.Sqrt(values.Zip(Numbers[table], (ours, theirs) => Math.Pow((double)ours - theirs, 2)).Sum() / Numbers[table].Sum(value => (double)value * value));
    }

    private static float[] Smooth(int rows, int seed)
    {
        Random random = new(20210405 + seed);
        float[] values = new float[rows * Columns];
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, Columns);
            double size = 1 + (4 / Math.Sqrt(1 + row));
            values[i] = (float)(size * (Math.Sin((0.013 * row) + column) + (0.5 * Math.Cos(0.4 * (row % 14) * column)) + (0.02 * (random.NextDouble() - 0.5))));
        }

        return values;
    }
}
