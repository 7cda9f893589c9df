namespace Dlrm.Data.Synthetic;

/// <summary>How far the writing of synthetic data is.</summary>
/// <param name="Rows">The rows written.</param>
/// <param name="TotalRows">The rows to write.</param>
public readonly record struct GeneratorProgress(long Rows, long TotalRows);
