namespace Dlrm.Planning;

/// <summary>Every tensor of a model before training, with bytes and operations.</summary>
/// <param name="Options">The model's options without a budget or an automatic format: what the plan builds.</param>
/// <param name="Tensors">Bottom MLP, top MLP, tables.</param>
/// <param name="BudgetBytes">What the model may store; null without a budget.</param>
/// <param name="RankCap">The common rank cap that the budget came to; 0 without one.</param>
/// <param name="InteractionMultiplyAdds">The multiply-adds of the dot interaction of one sample, forward.</param>
public sealed record ModelPlan(ModelOptions Options, IReadOnlyList<TensorPlan> Tensors, long? BudgetBytes, int RankCap, long InteractionMultiplyAdds)
{
    /// <summary>Gets the numbers that the whole model stores.</summary>
    public long Parameters => Tensors.Sum(tensor => tensor.Parameters);

    /// <summary>Gets the bytes that the whole model stores.</summary>
    public long Bytes => Tensors.Sum(tensor => tensor.Bytes);

    /// <summary>Gets the bytes of the whole model with every tensor dense.</summary>
    public long DenseBytes => Tensors.Sum(tensor => tensor.DenseBytes);

    /// <summary>Gets the bytes of gradients, moments and posterior while training, besides the stored ones; activations are not counted.</summary>
    public long WorkingBytes => Tensors.Sum(tensor => tensor.WorkingBytes);

    /// <summary>Gets the multiply-adds of one sample, forward.</summary>
    public long MultiplyAdds => InteractionMultiplyAdds + Tensors.Sum(tensor => tensor.MultiplyAdds);
}
