using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Training;

namespace Dlrm.CommandLine.Runs;

/// <summary>Trains a compressed model on; where a validation split says that it is not better for it, the compressed model stays.</summary>
internal static class FineTuning
{
    private const int Evaluations = 10;

    /// <summary>Trains a copy of a model and saves it in its place.</summary>
    /// <param name="folder">The folder of the compressed model; replaced when training has ended.</param>
    /// <param name="compressed">The compressed model; stays as it is.</param>
    /// <param name="options">Data and training.</param>
    /// <param name="context">What the host gives.</param>
    /// <param name="stop">Asks to stop: the compressed model stays in the folder.</param>
    /// <returns>The trained model, rounded as it is stored, which the caller disposes; null when the compressed model stays.</returns>
    internal static DlrmModel? Run(string folder, DlrmModel compressed, RunOptions options, CommandContext context, CancellationToken stop)
    {
        DatasetFolder dataset = RunFolder.OpenData(options);
        ModelFiles.RequireFit(folder, dataset);
        DlrmModel model = Continuation.Of(compressed, Spread(options.Training, dataset.Schema.Rows(DatasetSplit.Train)), options.RankPrior);
        try
        {
            using ParquetBatchSource training = DataSources.OpenTraining(dataset, options, context.Time);
            using ParquetBatchSource? validation = DataSources.OpenEvaluation(dataset, DatasetSplit.Valid, options.Data, context.Time);
            using LocalCommunicator communicator = new();
            using Trainer trainer = new(model, training, validation, communicator, context.Time);
            double? before = validation is null ? null : Evaluator.Evaluate(compressed, validation, communicator, stop).Auc;
            TrainingDisplay display = new(context.Terminal, "fine-tune", context.Time);
            TrainingResult result = display.Show(show => trainer.Run(new CallbackProgress<TrainingReport>(show), null, stop));
            if (result.IsCancelled)
            {
                context.Terminal.Note($"fine-tune: stopped; {folder} has the compressed model as it was before.");
                model.Dispose();
                return null;
            }

            StorageRounding.Round(model);
            model.UseMeans();
            double? after = validation is null ? null : Evaluator.Evaluate(model, validation, communicator, stop).Auc;
            context.Terminal.Note($"fine-tune: validation AUC {Format.Metric(before)} before, {Format.Metric(after)} after{(after <= before ? ": the model stays as it was compressed" : string.Empty)}.");
            if (after <= before)
            {
                model.Dispose();
                return null;
            }

            ModelFiles.Save(folder, model, dataset, keepPosterior: options.RankPrior.Inference == InferenceKind.Svi);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Spreads evaluations over the run, when it is not said how often to evaluate.</summary>
    private static TrainingOptions Spread(TrainingOptions training, long rows) =>
        training.EvaluateEvery > 0 ? training : training with { EvaluateEvery = (int)Math.Clamp(training.Epochs * (rows / training.BatchSize) / Evaluations, 1, int.MaxValue) };
}
