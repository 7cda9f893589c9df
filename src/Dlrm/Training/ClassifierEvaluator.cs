using Dlrm.Data.Images;

namespace Dlrm.Training;

/// <summary>Measures a classifier on labelled images.</summary>
public static class ClassifierEvaluator
{
    private const int BatchSize = 250;

    /// <summary>Measures.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images; all of them are used, in order.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="ArgumentException">The images have another size than the model's inputs.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is not a class of the model.</exception>
    public static ClassifierMetrics Evaluate(ImageClassifier model, LabelledImages images)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ImageBatchSource source = new(images, BatchSize, seed: null);
        double loss = 0;
        long correct = 0;
        while (source.TryRead())
        {
            model.Forward(source.Inputs, source.Labels);
            loss += model.Loss();
            correct += model.CountCorrect();
        }

        return new ClassifierMetrics(images.Count, loss / images.Count, (double)correct / images.Count);
    }
}
