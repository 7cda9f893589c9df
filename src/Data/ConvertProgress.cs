namespace Dlrm.Data;

/// <summary>How far a conversion is.</summary>
/// <param name="Step">What is being done, for example <c>reading day_0.gz</c>.</param>
/// <param name="Fraction">The estimated share of the whole that is done, in [0, 1]; never falls.</param>
public sealed record ConvertProgress(string Step, double Fraction);
