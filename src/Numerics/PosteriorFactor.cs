namespace Dlrm.Numerics;

/// <summary>The buffers of one Bayesian factor, all of the same length.</summary>
public readonly struct PosteriorFactor
{
    /// <summary>Gets the posterior means μ.</summary>
    public required DeviceBuffer<float> Mean { get; init; }

    /// <summary>Gets ρ = ln σ.</summary>
    public required DeviceBuffer<float> LogDeviation { get; init; }

    /// <summary>Gets the gradient of the loss with respect to μ (that of the draw, when there is one draw).</summary>
    public required DeviceBuffer<float> MeanGradient { get; init; }

    /// <summary>Gets the likelihood gradient with respect to ρ; null: <c>MeanGradient · (Draw − Mean)</c>, right for one draw.</summary>
    public DeviceBuffer<float>? LogDeviationGradient { get; init; }

    /// <summary>Gets the draw Φ; null in map.</summary>
    public DeviceBuffer<float>? Draw { get; init; }

    /// <summary>Gets m of μ (Adam), or null.</summary>
    public DeviceBuffer<float>? MeanFirstMoment { get; init; }

    /// <summary>Gets v of μ (Adam), or Σg² (Adagrad), or null (SGD).</summary>
    public DeviceBuffer<float>? MeanSecondMoment { get; init; }

    /// <summary>Gets m of ρ; null in map.</summary>
    public DeviceBuffer<float>? LogDeviationFirstMoment { get; init; }

    /// <summary>Gets v of ρ; null in map.</summary>
    public DeviceBuffer<float>? LogDeviationSecondMoment { get; init; }
}
