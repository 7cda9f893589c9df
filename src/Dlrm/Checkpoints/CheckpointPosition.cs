namespace Dlrm.Checkpoints;

/// <summary>Where a training run stands; with the tensors it is all that an exact resume needs.</summary>
/// <param name="Step">The optimiser steps taken.</param>
/// <param name="Epoch">The epoch of the data cursor.</param>
/// <param name="Row">The rows of this epoch already read.</param>
public readonly record struct CheckpointPosition(long Step, int Epoch, long Row);
