namespace Dlrm.Checkpoints;

/// <summary>A checkpoint that was passed over.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Reason">Why, with the file, and the tensor where it can be known.</param>
public sealed record RejectedCheckpoint(string Path, string Reason);
