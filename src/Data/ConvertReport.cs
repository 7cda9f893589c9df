namespace Dlrm.Data;

/// <summary>What a conversion found.</summary>
/// <param name="Schema">The dataset's schema as written.</param>
/// <param name="DenseMissing">The missing values of each dense feature, over all splits; they became 0.</param>
/// <param name="DenseNegative">The negative values of each dense feature, over all splits; with <see cref="DenseTransform.Log1P"/> they became 0.</param>
/// <param name="SparseMissing">The missing values of each sparse feature, over all splits.</param>
/// <param name="SparseRare">The values of each sparse feature that are not in the vocabulary, over all splits.</param>
public sealed record ConvertReport(
    DatasetSchema Schema, IReadOnlyList<long> DenseMissing, IReadOnlyList<long> DenseNegative, IReadOnlyList<long> SparseMissing, IReadOnlyList<long> SparseRare);
