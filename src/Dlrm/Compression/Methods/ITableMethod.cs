using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>One way to store one table, decomposed as far as it needs: what it would cost, what it would lose, and its numbers.</summary>
/// <remarks>A new method is one class, a member of <see cref="CompressionMethod"/>, and a line in <see cref="TableMethods"/>.</remarks>
internal interface ITableMethod
{
    /// <summary>Gets which method it is.</summary>
    CompressionMethod Method { get; }

    /// <summary>Gets a value indicating whether its numbers are stored in the type of rows; else in that of cores.</summary>
    bool StoresRows { get; }

    /// <summary>Lists what the table may become.</summary>
    /// <param name="type">The storage type of its numbers.</param>
    /// <param name="mostBytes">The most bytes of interest.</param>
    /// <returns>Bytes and squared errors, predicted with the storage type's; none when even the smallest has too many bytes.</returns>
    IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes);

    /// <summary>Says how a model makes the table.</summary>
    /// <param name="point">One of <see cref="Points"/>.</param>
    /// <returns>The table's options.</returns>
    TableOptions OptionsOf(CompressionPoint point);

    /// <summary>Gets the singular values of the bonds, as far as they were computed.</summary>
    /// <param name="point">One of <see cref="Points"/>.</param>
    /// <returns>For each bond, falling; empty when it has none.</returns>
    IReadOnlyList<double[]> SpectraOf(CompressionPoint point);

    /// <summary>Writes the table's numbers as the model reads them.</summary>
    /// <param name="point">One of <see cref="Points"/>.</param>
    /// <param name="writer">Receives them.</param>
    void Write(CompressionPoint point, TableWriter writer);
}
