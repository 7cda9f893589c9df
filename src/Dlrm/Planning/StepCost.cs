namespace Dlrm.Planning;

/// <summary>The rates of a machine with which a step's time is predicted.</summary>
/// <remarks>
/// <code>
/// seconds = 3·B·layers / <see cref="LayerRate"/>  +  3·B·lookups / <see cref="LookupRate"/>  +  swept numbers / <see cref="SweepRate"/>  +  B·tables / <see cref="IndexRate"/>
/// </code>
/// <para>Multiply-adds of a sample forward, times 3 for forward and backward. Layers: towers and interaction. Lookups: rows of low-rank tables, each computed alone: too
/// many where ids repeat or rows of a batch share prefixes. A swept number is one that every step draws, steps and clears: those of towers and low-rank tables.</para>
/// <para>Reading data, evaluation, gauge moves and pruning are not in it. Take it as within a factor of 3: docs/results/kaggle-shapes.md compares it with
/// steps that ran. It is highest for Tucker, whose rows share most of their work.</para>
/// </remarks>
/// <param name="LayerRate">Multiply-adds a second of a matrix product.</param>
/// <param name="LookupRate">Multiply-adds a second of the small products of rows.</param>
/// <param name="SweepRate">Numbers a second of an optimiser's step.</param>
/// <param name="IndexRate">Ids a second that are sorted, grouped, read and updated.</param>
public sealed record StepCost(double LayerRate, double LookupRate, double SweepRate, double IndexRate)
{
    /// <summary>Predicts the time of a training step.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="batchSize">B.</param>
    /// <returns>Seconds.</returns>
    public double Seconds(ModelPlan plan, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double lookups = plan.Tensors.Where(tensor => tensor.IsLookup).Sum(tensor => (double)tensor.MultiplyAdds);
        double layers = plan.MultiplyAdds - lookups;
        return (3.0 * batchSize * ((layers / LayerRate) + (lookups / LookupRate)))
            + (plan.Tensors.Sum(tensor => tensor.SweptNumbers) / SweepRate)
            + ((double)batchSize * plan.Tensors.Count(tensor => tensor.IsLookup) / IndexRate);
    }
}
