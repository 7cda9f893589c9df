namespace Dlrm.Numerics.Kernels;

/// <summary>One entry of a factor in double, for the reference of the posterior step.</summary>
internal struct PosteriorEntry
{
    /// <summary>μ.</summary>
    internal double Mean;

    /// <summary>ρ.</summary>
    internal double LogDeviation;

    /// <summary>g.</summary>
    internal double MeanGradient;

    /// <summary>The likelihood gradient of ρ, or null for g · (Φ − μ).</summary>
    internal double? LogDeviationGradient;

    /// <summary>Φ.</summary>
    internal double Draw;

    /// <summary>m of μ.</summary>
    internal double MeanFirst;

    /// <summary>v or Σg² of μ.</summary>
    internal double MeanSecond;

    /// <summary>m of ρ.</summary>
    internal double DeviationFirst;

    /// <summary>v of ρ.</summary>
    internal double DeviationSecond;
}
