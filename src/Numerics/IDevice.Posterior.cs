namespace Dlrm.Numerics;

/// <content>The variational posterior of low-rank factors: one factor a call.</content>
public partial interface IDevice
{
    /// <summary>Draws a factor from its posterior: <c>draw[i] = mean[i] + exp(logDeviation[i]) · ε_i</c>, ε_i number i of the stream.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="logDeviation">ρ = ln σ.</param>
    /// <param name="stream">The random stream (seed, tensor, step, piece).</param>
    /// <param name="draw">Receives Φ.</param>
    void DrawPosterior(DeviceBuffer<float> mean, DeviceBuffer<float> logDeviation, RandomStream stream, DeviceBuffer<float> draw);

    /// <summary>Adds one piece's gradient to those of μ and ρ: <c>meanGradient += g; logDeviationGradient += g · (draw − mean)</c>.</summary>
    /// <param name="gradient">g, of the loss with respect to the draw.</param>
    /// <param name="draw">Φ.</param>
    /// <param name="mean">μ.</param>
    /// <param name="meanGradient">Is added to.</param>
    /// <param name="logDeviationGradient">Is added to.</param>
    void AccumulatePosteriorGradients(DeviceBuffer<float> gradient, DeviceBuffer<float> draw, DeviceBuffer<float> mean, DeviceBuffer<float> meanGradient, DeviceBuffer<float> logDeviationGradient);

    /// <summary>Takes one optimiser step of every entry of a factor, with the prior's pull in the optimiser's own metric, and sums the energies.</summary>
    /// <remarks>
    /// <code>
    /// den  = √v̂ + ε (Adam)   √Σg² + ε (Adagrad)   1 (SGD)        numerator = m̂ (Adam)   g (Adagrad, SGD)
    /// μ    ← (μ − lr · numerator / den) / (1 + lr · w / (λ · den))            w = klWeight = β/N, λ of the entry's component
    /// svi: gρ = logDeviationGradient + w · (σ²/λ − 1);  ρ ← Adam step with learning rate lrρ on gρ, moments mρ, vρ
    /// map: σ² = 1 / (F / w + 1/λ), F = B·v̂, ρ = ½ ln σ²   (w = 0: ρ is left as it is)
    /// energies[r] = Σ over entries of component r of (μ² + σ²)                after the step, in double
    /// </code>
    /// <para>Source: arXiv 2010.08689 for the model; the pull's metric is derived in docs/bayesian.md.</para>
    /// </remarks>
    /// <param name="factor">The factor's buffers.</param>
    /// <param name="axis">Which component governs which entry.</param>
    /// <param name="rankParameters">λ, one for each component.</param>
    /// <param name="arguments">The numbers of the step.</param>
    /// <param name="energies">Receives axis.Size sums (overwritten).</param>
    void PosteriorStep(in PosteriorFactor factor, RankAxis axis, DeviceBuffer<float> rankParameters, in PosteriorStepArguments arguments, Span<double> energies);

    /// <summary>Sums <c>μ² + σ²</c> of each component (σ = 0 when <paramref name="logDeviation"/> is null), in double.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="logDeviation">ρ, or null.</param>
    /// <param name="axis">Which component governs which entry.</param>
    /// <param name="energies">Receives axis.Size sums (overwritten).</param>
    void SliceEnergies(DeviceBuffer<float> mean, DeviceBuffer<float>? logDeviation, RankAxis axis, Span<double> energies);

    /// <summary>Sums <c>ln σ</c> of each component's entries, in double: the entropy part of the KL divergence.</summary>
    /// <param name="logDeviation">ρ.</param>
    /// <param name="axis">Which component governs which entry.</param>
    /// <param name="sums">Receives axis.Size sums (overwritten).</param>
    void SliceSums(DeviceBuffer<float> logDeviation, RankAxis axis, Span<double> sums);
}
