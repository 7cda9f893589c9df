namespace Dlrm.Data.Synthetic;

/// <summary>The memory that a teacher needs to label rows one after the other.</summary>
internal sealed class RowBuffer
{
    /// <summary>Initializes a new instance of the <see cref="RowBuffer"/> class.</summary>
    /// <param name="teacher">The teacher that will use it.</param>
    internal RowBuffer(SyntheticTeacher teacher)
    {
        Scratch = new double[teacher.ScratchLength];
        Row = new float[teacher.EmbeddingDim];
        Ids = new long[teacher.Tables.Count];
    }

    /// <summary>Gets the scratch of <see cref="SyntheticTeacher.Terms"/>.</summary>
    internal double[] Scratch { get; }

    /// <summary>Gets room for one row of a table.</summary>
    internal float[] Row { get; }

    /// <summary>Gets the ids of the row that was loaded.</summary>
    internal long[] Ids { get; }

    /// <summary>Gathers the ids of one row.</summary>
    /// <param name="block">The block.</param>
    /// <param name="row">The row within the block.</param>
    /// <returns>The row's dense features.</returns>
    internal ReadOnlySpan<float> Load(SyntheticBlock block, int row)
    {
        for (int t = 0; t < Ids.Length; t++)
        {
            Ids[t] = block.Ids[t][row];
        }

        return block.Dense.AsSpan(row * block.DenseFeatures, block.DenseFeatures);
    }
}
