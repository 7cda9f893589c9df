namespace Dlrm.Training;

/// <summary>How far the training of a classifier is, at the end of an epoch.</summary>
/// <param name="Epoch">The epochs done.</param>
/// <param name="Step">The optimiser steps taken.</param>
/// <param name="TrainingLoss">The mean loss of the epoch's batches, each before its step, in nats per sample.</param>
/// <param name="FitLoss">The mean loss of the fixed training sample at the end of the epoch, in nats per sample.</param>
public sealed record ClassifierReport(int Epoch, long Step, double TrainingLoss, double FitLoss);
