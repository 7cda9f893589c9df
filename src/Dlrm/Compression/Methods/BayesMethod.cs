using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>A TT-matrix of the ranks that a Bayesian fit finds, and its roundings to smaller ones.</summary>
internal static class BayesMethod
{
    /// <summary>The table, its products while it is measured, and the start.</summary>
    private const int Copies = 3;
    private const int StartRank = 32;
    private const int BatchRows = 512;
    private const int PruneEvery = 100;
    private const double LearningRate = 0.005;

    /// <summary>Fits a table from its TT-SVD on.</summary>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static TtmMethod Prepare(MethodInput input)
    {
        double entries = (double)input.Rows.Rows * input.Rows.Columns;
        HeldTable.RequireMemory(input, CompressionMethod.Bayes, Copies * sizeof(float) * entries, entries);
        TtmTensor start = TtmMethod.Decompose(CompressionMethod.TtSvd, input with { Options = input.Options with { MaxRank = Math.Min(StartRank, input.Options.MaxRank) } });
        if (input.Squares == 0)
        {
            return new TtmMethod(CompressionMethod.Bayes, start, 0, input);
        }

        TtmMethod.Balance(start);
        TensorFitOptions options = new()
        {
            Steps = input.Options.FitSteps,
            BatchRows = BatchRows,
            Seed = input.Options.Seed,
            RankPrior = new RankPriorOptions { KlWeight = 1, PruneEvery = PruneEvery },
            Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = LearningRate },
        };
        BayesianFit fit = BayesianFit.Of(input.Device, input.Rows, start, options);
        TtmRounding.Orthogonalize(fit.Tensor);
        input.Progress.Report(1);
        return new TtmMethod(CompressionMethod.Bayes, fit.Tensor, fit.SquaredError, input);
    }
}
