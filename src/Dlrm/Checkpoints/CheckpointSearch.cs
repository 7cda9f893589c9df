namespace Dlrm.Checkpoints;

/// <summary>What a search for the newest valid checkpoint found.</summary>
/// <param name="Newest">The newest valid one, or null when there is none.</param>
/// <param name="Rejected">Newer ones that were passed over, newest first; tell the user.</param>
public sealed record CheckpointSearch(Checkpoint? Newest, IReadOnlyList<RejectedCheckpoint> Rejected);
