namespace Dlrm.Embeddings;

/// <summary>ρ of one factor with its optimiser's moments.</summary>
/// <param name="Values">ρ; null with fixed ranks.</param>
/// <param name="FirstMoment">m of ρ, null unless svi.</param>
/// <param name="SecondMoment">v of ρ, null unless svi.</param>
/// <param name="Length">The entries used of each array.</param>
internal readonly record struct LogDeviationState(float[]? Values, float[]? FirstMoment, float[]? SecondMoment, int Length)
{
    /// <summary>Gets the used part of one of the arrays; empty for null.</summary>
    /// <param name="values">The array.</param>
    /// <returns>The entries.</returns>
    internal ReadOnlySpan<float> Used(float[]? values) => values is null ? [] : values.AsSpan(0, Length);
}
