namespace Dlrm;

/// <summary>What early stopping watches on the validation data.</summary>
public enum StoppingMetric
{
    /// <summary>The area under the ROC curve: higher is better.</summary>
    Auc,

    /// <summary>The mean log loss: lower is better.</summary>
    LogLoss,
}
