namespace Dlrm.Data;

/// <summary>One Parquet file of a split.</summary>
/// <param name="Name">Its path below the dataset's folder, with forward slashes, for example <c>train/part-00000.parquet</c>.</param>
/// <param name="Rows">Its rows.</param>
public sealed record DatasetFile(string Name, long Rows);
