using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>TT-matrices of the ranks that Bayesian fits find, and their roundings to smaller ones.</summary>
/// <remarks>
/// <code>
/// τ = ε·rms(W) and ε·rms(W)/2 for an asked error ε, else 0.1, 0.3 and 0.6 of rms(W): one fit for each
/// </code>
/// <para>The noise is given, not learned: given weights have none, so what a TT-matrix leaves of them would itself pass for noise. On a real table of 10,728 × 32 entries
/// whose TT-SVD of ranks 32 explains little, a learned noise took all of it and removed the whole tensor. τ says what error is near enough; the evidence says
/// which ranks that takes.</para>
/// </remarks>
internal sealed class BayesMethod : ITableMethod
{
    /// <summary>The table, its products while it is measured, and the start.</summary>
    private const int Copies = 3;
    private const int StartRank = 32;
    private const int BatchRows = 512;
    private const int PruneEvery = 100;
    private const double LearningRate = 0.005;
    private readonly TtmMethod[] _fits;

    private BayesMethod(TtmMethod[] fits) => _fits = fits;

    /// <inheritdoc/>
    public CompressionMethod Method => CompressionMethod.Bayes;

    /// <inheritdoc/>
    public bool StoresRows => false;

    /// <summary>Fits a table from its TT-SVD on.</summary>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static BayesMethod Prepare(MethodInput input)
    {
        double entries = (double)input.Rows.Rows * input.Rows.Columns;
        HeldTable.RequireMemory(input, CompressionMethod.Bayes, Copies * sizeof(float) * entries, entries);
        TtmTensor start = TtmMethod.Decompose(CompressionMethod.TtSvd, input with { Options = input.Options with { MaxRank = Math.Min(StartRank, input.Options.MaxRank) } });
        TtmMethod.Balance(start);
        double[] noises = input.Squares == 0 ? [] : input.Options.Error is double error && error > 0 ? [error, error / 2] : [0.1, 0.3, 0.6];
        List<TtmMethod> fits = [];
        foreach (double noise in noises)
        {
            input.Cancellation.ThrowIfCancellationRequested();
            fits.Add(Fit(input, start, noise));
            input.Progress.Report((double)fits.Count / noises.Length);
        }

        return new BayesMethod([.. fits]);
    }

    /// <inheritdoc/>
    public IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes) =>
        _fits.SelectMany((fit, number) => fit.Points(type, mostBytes).Select(point => point with { Fit = number }));

    /// <inheritdoc/>
    public TableOptions OptionsOf(CompressionPoint point) => _fits[point.Fit].OptionsOf(point);

    /// <inheritdoc/>
    public IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => _fits[point.Fit].SpectraOf(point);

    /// <inheritdoc/>
    public void Write(CompressionPoint point, TableWriter writer) => _fits[point.Fit].Write(point, writer);

    private static TtmMethod Fit(MethodInput input, TtmTensor start, double noise)
    {
        BayesianFit fit = BayesianFit.Of(input.Device, input.Rows, start, new TensorFitOptions
        {
            Steps = input.Options.FitSteps,
            BatchRows = BatchRows,
            Seed = input.Options.Seed,
            Noise = noise,
            RankPrior = new RankPriorOptions { KlWeight = 1, PruneEvery = PruneEvery },
            Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = LearningRate },
        });
        TtmRounding.Orthogonalize(fit.Tensor);
        return new TtmMethod(CompressionMethod.Bayes, fit.Tensor, fit.SquaredError, input);
    }
}
