namespace Dlrm.Embeddings;

/// <summary>ρ of one factor with its optimiser's moments.</summary>
/// <param name="Values">ρ; null with fixed ranks.</param>
/// <param name="FirstMoment">m of ρ, empty in map.</param>
/// <param name="SecondMoment">v of ρ, empty in map.</param>
internal readonly record struct LogDeviationState(float[] Values, float[] FirstMoment, float[] SecondMoment);
