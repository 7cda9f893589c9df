using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A low-rank tensor whose factors have a Gaussian posterior and whose ranks are governed by rank parameters λ.</summary>
/// <remarks>
/// <code>
/// prior   entry of a factor ~ N(0, λ[k][b]), b the entry's component of the factor's governing bond k; or N(0, fixed variance)
/// q       entry ~ N(μ, σ²), σ = exp ρ
/// step    L = mean cross-entropy + β/N · [ KL(q ‖ p(·|λ)) − Σ ln p(√λ) ]
/// </code>
/// <para>Which bond governs which entries is the format's to say: <see cref="LowRankFormat"/>.</para>
/// <para>Source: Hawkins, Liu, Zhang, "Towards Compact Neural Networks via End-to-End Training: A Bayesian Tensor Approach with Automatic Rank
/// Determination", arXiv 2010.08689.</para>
/// </remarks>
public sealed partial class BayesianTensor : Parameter
{
    private readonly IDevice _device;
    private readonly OptimizerOptions _optimizer;
    private BayesianFactor[] _factors;
    private double[][] _rankParameters;
    private readonly DeviceBuffer<float>?[] _fixedVariances;
    private DeviceBuffer<float>[] _rankParameterBuffers;
    private DeviceBuffer<float>[][] _active;
    private DeviceBuffer<float>[] _gradients;
    private bool _sumsDraws;

    /// <summary>Initializes a new instance of the <see cref="BayesianTensor"/> class with random factors.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="format">The format with its modes and starting ranks.</param>
    /// <param name="optimizer">The optimiser of μ; ρ always uses Adam.</param>
    /// <param name="prior">The prior and the inference.</param>
    /// <param name="stream">Where the initial factors come from.</param>
    /// <param name="entryDeviation">The standard deviation t of an entry of the full tensor.</param>
    public BayesianTensor(IDevice device, string name, LowRankFormat format, OptimizerOptions optimizer, RankPriorOptions prior, RandomStream stream, double entryDeviation)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(format);
        _device = device;
        _optimizer = optimizer;
        Prior = prior;
        Format = format;
        double deviation = format.FactorDeviation(entryDeviation);
        _factors = new BayesianFactor[format.Factors.Count];
        _fixedVariances = new DeviceBuffer<float>?[_factors.Length];
        for (int k = 0; k < _factors.Length; k++)
        {
            FactorShape shape = format.Factors[k];
            _factors[k] = new BayesianFactor(device, shape.Length, prior.Inference, optimizer.Kind);
            device.FillNormal(_factors[k].Mean, stream.Derive((ulong)k), (float)deviation);
            if (_factors[k].LogDeviation is DeviceBuffer<float> logDeviation)
            {
                device.Fill(logDeviation, (float)Math.Log(prior.InitialDeviation * deviation));
            }

            if (shape.GoverningAxis is null)
            {
                _fixedVariances[k] = device.Allocate<float>(1);
                _fixedVariances[k]!.CopyFrom([(float)shape.FixedVariance]);
            }
        }

        _rankParameters = new double[format.Ranks.Count][];
        _energies = new double[format.Ranks.Count][];
        _rankParameterBuffers = new DeviceBuffer<float>[_rankParameters.Length];
        for (int bond = 0; bond < _rankParameters.Length; bond++)
        {
            _rankParameters[bond] = new double[format.Ranks[bond]];
            Array.Fill(_rankParameters[bond], deviation * deviation);
            _rankParameterBuffers[bond] = device.Allocate<float>(format.Ranks[bond]);
        }

        _active = [];
        _gradients = [];
        UploadRankParameters();
        UseMeans();
    }

    /// <summary>Gets the format with the present ranks.</summary>
    public LowRankFormat Format { get; private set; }

    /// <summary>Gets the optimiser of μ.</summary>
    public OptimizerOptions Optimizer => _optimizer;

    /// <summary>Gets the prior.</summary>
    public RankPriorOptions Prior { get; }

    /// <summary>Gets a value indicating whether the whole tensor was pruned: it is zero and stores nothing.</summary>
    public bool IsZero { get; private set; }

    /// <summary>Gets the number of draws in use, 1 for means.</summary>
    public int Pieces => _active.Length;

    /// <summary>Gets a value indicating whether a step draws the factors: svi, and not pruned whole.</summary>
    public bool DrawsFactors => Prior.Inference == InferenceKind.Svi && !IsZero;

    /// <inheritdoc/>
    public override long StoredElements => IsZero ? 0 : Format.Parameters;

    /// <inheritdoc/>
    public override long WorkingBytes => _factors.Sum(factor => factor.WorkingBytes);

    /// <summary>Gets a number that changes whenever the means may have changed.</summary>
    public long Revision { get; private set; }

    /// <summary>Gets a value indicating whether forward passes use the posterior means as they are.</summary>
    public bool UsesMeans => !IsZero && _active.Length == 1 && HasMeans(_active[0]);

    /// <summary>Gets the rank parameters λ of one bond.</summary>
    /// <param name="bond">The bond, from 0.</param>
    /// <returns>One λ for each component.</returns>
    public ReadOnlySpan<double> RankParameters(int bond) => _rankParameters[bond];

    /// <summary>Gets the factors that a forward pass uses: a draw, or the means.</summary>
    /// <param name="piece">The piece of the batch.</param>
    /// <returns>One buffer for each factor.</returns>
    public ReadOnlySpan<DeviceBuffer<float>> Factors(int piece) => _active[piece];

    /// <summary>Gets the posterior means.</summary>
    /// <returns>One buffer for each factor.</returns>
    public DeviceBuffer<float>[] Means() => [.. _factors.Select(factor => factor.Mean)];

    /// <summary>Gets where a backward pass adds the gradient of the factors; <see cref="EndPiece"/> follows each piece's backward pass.</summary>
    /// <returns>One buffer for each factor.</returns>
    public ReadOnlySpan<DeviceBuffer<float>> FactorGradients() => _gradients;

    /// <summary>Draws the factors for a step (svi), or takes the means (map, fixed ranks).</summary>
    /// <param name="stream">The stream of this step; piece p of factor k uses <c>stream.Derive(p).Derive(k)</c>.</param>
    /// <param name="pieces">The number of draws, each for one fixed piece of the batch.</param>
    public void BeginStep(RandomStream stream, int pieces) => BeginStep(stream, 0, pieces, pieces);

    /// <summary>Draws the factors for the pieces of one data-parallel worker.</summary>
    /// <param name="stream">The stream of this step, the same on every worker.</param>
    /// <param name="firstPiece">The number of this worker's first piece among those of all.</param>
    /// <param name="pieces">This worker's pieces.</param>
    /// <param name="draws">The draws of all workers; more than one have the gradients of μ and ρ summed apart.</param>
    public void BeginStep(RandomStream stream, int firstPiece, int pieces, int draws)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pieces, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(firstPiece);
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, pieces);
        if (!DrawsFactors)
        {
            UseMeans();
            return;
        }

        _sumsDraws = draws > 1;
        if (_active.Length != pieces || _active[0][0] != _factors[0].Draws[0] || (_sumsDraws && _factors[0].MeanGradient is null))
        {
            foreach (BayesianFactor factor in _factors)
            {
                factor.EnsurePieces(pieces, draws);
            }

            _active = [.. Enumerable.Range(0, pieces).Select(p => _factors.Select(factor => factor.Draws[p]).ToArray())];
        }

        for (int p = 0; p < pieces; p++)
        {
            for (int k = 0; k < _factors.Length; k++)
            {
                _device.DrawPosterior(_factors[k].Mean, _factors[k].LogDeviation!, stream.Derive((ulong)(firstPiece + p)).Derive((ulong)k), _active[p][k]);
            }
        }
    }

    /// <summary>Makes forward passes use the posterior means.</summary>
    public void UseMeans()
    {
        _sumsDraws = false;
        if (UsesMeans)
        {
            return;
        }

        _active = [[.. _factors.Select(factor => factor.Mean)]];
        _gradients = [.. _factors.Select(factor => factor.Gradient)];
    }

    /// <summary>Takes the gradient of one piece; nothing to do for a single draw.</summary>
    /// <param name="piece">The piece whose backward pass has ended.</param>
    public void EndPiece(int piece)
    {
        if (!_sumsDraws)
        {
            return;
        }

        for (int k = 0; k < _factors.Length; k++)
        {
            BayesianFactor factor = _factors[k];
            _device.AccumulatePosteriorGradients(factor.Gradient, _active[piece][k], factor.Mean, factor.MeanGradient!, factor.LogDeviationGradient!);
            factor.Gradient.Clear();
        }
    }

    /// <inheritdoc/>
    public override void ClearGradient()
    {
        foreach (BayesianFactor factor in _factors)
        {
            factor.Gradient.Clear();
            factor.MeanGradient?.Clear();
            factor.LogDeviationGradient?.Clear();
        }
    }

    private bool HasMeans(DeviceBuffer<float>[] active)
    {
        if (active.Length != _factors.Length || _gradients.Length != _factors.Length)
        {
            return false;
        }

        for (int k = 0; k < _factors.Length; k++)
        {
            if (active[k] != _factors[k].Mean || _gradients[k] != _factors[k].Gradient)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool IsFinite() => _factors.All(factor => double.IsFinite(_device.SumOfSquares(factor.Mean))
        && (factor.LogDeviation is null || double.IsFinite(_device.SumOfSquares(factor.LogDeviation))));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (IDisposable resource in _factors.Cast<IDisposable>().Concat(_rankParameterBuffers).Concat(_fixedVariances.OfType<IDisposable>()))
        {
            resource.Dispose();
        }
    }

    /// <summary>Gets which entries of factor k have which prior variance: one for all of them when no bond governs it.</summary>
    private (RankAxis Axis, DeviceBuffer<float> Variances) PriorOf(int k) => Format.Factors[k].GoverningAxis is FactorAxis governing
        ? (governing.Axis, _rankParameterBuffers[governing.Bond])
        : (new RankAxis(1, 1, Format.Factors[k].Length), _fixedVariances[k]!);

    private DeviceBuffer<float> MeanGradientOf(BayesianFactor factor) => _sumsDraws ? factor.MeanGradient! : factor.Gradient;
}
