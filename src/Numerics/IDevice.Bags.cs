namespace Dlrm.Numerics;

/// <content>Grouping of indices and pooling of bags.</content>
public partial interface IDevice
{
    /// <summary>Copies bags to the device and finds their unique rows.</summary>
    /// <remarks>
    /// <code>
    /// groups.UniqueRows[0 .. U)    the distinct indices, ascending
    /// groups.Position[i]           which unique row index i refers to
    /// groups.Order[s]              index positions sorted by (row, position): stable
    /// groups.Segments[u .. u + 1]  unique row u is used by the positions Order[Segments[u] .. Segments[u + 1])
    /// </code>
    /// </remarks>
    /// <param name="bags">The validated bags.</param>
    /// <param name="groups">Receives the grouping; its memory only ever grows.</param>
    void GroupRows(JaggedIndices bags, RowGroups groups);

    /// <summary>Pools computed unique rows into bags.</summary>
    /// <remarks><code>output[b, :] = pool over i in bag b, ascending, of weight[i] · rows[Position[i], :]     an empty bag gives zeros</code></remarks>
    /// <param name="rows">(U, D), one row for each unique row of <paramref name="groups"/>.</param>
    /// <param name="groups">The grouped bags.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="output">Receives (B, D).</param>
    void PoolUniqueRows(Matrix rows, RowGroups groups, PoolingType pooling, Matrix output);

    /// <summary>Pools rows of a whole table into bags, as <see cref="PoolUniqueRows"/> with the table's rows.</summary>
    /// <param name="table">(Rows, D).</param>
    /// <param name="groups">The grouped bags.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="output">Receives (B, D).</param>
    void PoolTableRows(Matrix table, RowGroups groups, PoolingType pooling, Matrix output);

    /// <summary>Sums the gradient of each unique row over the places where it was used (ascending position).</summary>
    /// <remarks><code>rowGradients[u, :] = Σ over i with Position[i] = u of weight[i] · outputGradient[bag(i), :] · (mean ? 1 / bag length : 1)</code></remarks>
    /// <param name="groups">The grouped bags.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="outputGradient">(B, D).</param>
    /// <param name="rowGradients">Receives (U, D).</param>
    void UniqueRowGradients(RowGroups groups, PoolingType pooling, Matrix outputGradient, Matrix rowGradients);

    /// <summary>Adds to the rows named by the groups: <c>table[UniqueRows[u], :] += scale · rowValues[u, :]</c>.</summary>
    /// <param name="groups">The grouped bags.</param>
    /// <param name="rowValues">(U, D).</param>
    /// <param name="scale">The factor.</param>
    /// <param name="table">(Rows, D).</param>
    void AddToRows(RowGroups groups, Matrix rowValues, float scale, Matrix table);
}
