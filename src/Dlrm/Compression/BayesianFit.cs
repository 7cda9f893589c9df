using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Training;

namespace Dlrm.Compression;

/// <summary>A TT-matrix fitted to given weights with a Bayesian rank prior.</summary>
/// <param name="Tensor">The means; the ranks that were found.</param>
/// <param name="Deviations">The posterior standard deviation of every core entry, as stored: (I[k], R[k], J[k], R[k+1]).</param>
/// <param name="Noise">τ, the standard deviation of what the TT-matrix leaves of an entry.</param>
/// <param name="SquaredError">‖W − Ŵ‖² of the means, all rows counting the same.</param>
public sealed record BayesianFit(TtmTensor Tensor, IReadOnlyList<float[]> Deviations, double Noise, double SquaredError)
{
    private const string Name = "fit";

    /// <summary>Fits a table from a TT-matrix on, stochastic variational inference with the table's entries as data.</summary>
    /// <remarks>
    /// <code>w[i, j] = E[i, j] + τ·noise        core entries ~ N(0, λ), ranks are removed where the evidence says so: see <see cref="TensorFitter"/></code>
    /// <para>The table is scaled to unit mean square for the fit, so that learning rates, priors and <see cref="TensorFitOptions.Noise"/> mean the same for every table.</para>
    /// </remarks>
    /// <param name="device">Computes.</param>
    /// <param name="source">W; held in memory.</param>
    /// <param name="start">Where the fit starts: its modes, and ranks at least as large as needed.</param>
    /// <param name="options">How.</param>
    /// <param name="rowWeights">What the error of each row counts, for instance how often it is asked for; empty: all the same.</param>
    /// <returns>The fit; a TT-matrix of rank 1 and zeros when the evidence is for none at all.</returns>
    public static BayesianFit Of(IDevice device, IRowSource source, TtmTensor start, TensorFitOptions options, ReadOnlySpan<float> rowWeights = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(options);
        float[] values = new float[source.Rows * source.Columns];
        source.Read(0, (int)source.Rows, values);
        double squares = TableError.Squares(values);
        float scale = (float)Math.Sqrt(values.Length / squares);
        System.Numerics.Tensors.TensorPrimitives.Multiply(values, scale, values);
        LowRankOptions shape = new() { Format = TensorFormat.Ttm, RowModes = start.RowModes, ColumnModes = start.ColumnModes, StartRanks = [.. start.Ranks[1..^1]] };
        BayesianTensor tensor = new(
            device, Name, LowRankFormats.Create(shape, source.Rows, source.Columns), options.Optimizer, options.RankPrior, new RandomStream(options.Seed, 5), entryDeviation: 1);
        using TensorEmbeddingBag bag = new(device, tensor, PoolingType.Sum);
        double coreScale = Math.Pow(scale, 1.0 / start.Order);
        using (MemoryState state = new(device))
        {
            WriteStart(device, state, start, coreScale, options.RankPrior.InitialDeviation);
            tensor.Load(state, StateParts.Values | StateParts.Posterior);
        }

        long[] rows = new long[source.Rows];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = i;
        }

        TensorFitResult result = TensorFitter.Fit(device, bag, rows, values, options, rowWeights: rowWeights);
        double left = TableError.Between(new ArrayRows(values, source.Columns), new BagRows(bag, device), values.Length, CancellationToken.None).Relative;
        (TtmTensor found, float[][] deviations) = Read(device, tensor, start, 1 / coreScale);
        return new BayesianFit(found, deviations, result.Noise / scale, left * left * squares);
    }

    private static void WriteStart(IDevice device, MemoryState state, TtmTensor start, double scale, double deviation)
    {
        state.Write($"{Name}.ranks", start.Ranks[1..^1].Select(static size => (long)size).ToArray());
        double[] sizes = new double[start.Order];
        for (int k = 0; k < start.Order; k++)
        {
            long[] shape = [start.RowModes[k], start.Ranks[k], start.ColumnModes[k], start.Ranks[k + 1]];
            float[] core = Array.ConvertAll(start.Stored(k), value => (float)(value * scale));
            sizes[k] = Math.Sqrt(TableError.Squares(core) / core.Length);
            using DeviceBuffer<float> buffer = device.Allocate<float>(core.Length);
            buffer.CopyFrom(core);
            state.Write($"{Name}.core.{k}", shape, buffer);
            device.Fill(buffer, (float)Math.Log(Math.Max(deviation * sizes[k], 1e-12)));
            state.Write($"{Name}.core.{k}.log_deviation", shape, buffer);
        }

        for (int bond = 0; bond < start.Order - 1; bond++)
        {
            double[] variances = new double[start.Ranks[bond + 1]];
            Array.Fill(variances, Math.Max(sizes[bond] * sizes[bond], 1e-24));
            state.Write($"{Name}.lambda.{bond}", variances);
        }
    }

    private static (TtmTensor Tensor, float[][] Deviations) Read(IDevice device, BayesianTensor tensor, TtmTensor start, double scale)
    {
        int order = start.Order;
        int[] ranks = [1, .. tensor.IsZero ? Enumerable.Repeat(1, order - 1) : tensor.Format.Ranks, 1];
        TtmShape shape = new(start.Rows, [.. start.RowModes], [.. start.ColumnModes], ranks);
        using MemoryState state = new(device);
        tensor.Save(state, StateParts.Values | StateParts.Posterior);
        float[][] means = new float[order][];
        float[][] deviations = new float[order][];
        for (int k = 0; k < order; k++)
        {
            int length = start.RowModes[k] * ranks[k] * start.ColumnModes[k] * ranks[k + 1];
            means[k] = new float[length];
            deviations[k] = new float[length];
            if (tensor.IsZero)
            {
                continue;
            }

            using DeviceBuffer<float> buffer = device.Allocate<float>(length);
            state.Read($"{Name}.core.{k}", buffer);
            means[k] = Array.ConvertAll(buffer.ToArray(), value => (float)(value * scale));
            state.Read($"{Name}.core.{k}.log_deviation", buffer);
            deviations[k] = Array.ConvertAll(buffer.ToArray(), value => (float)(Math.Exp(value) * scale));
        }

        return (TtmTensor.FromStored(shape, means), deviations);
    }
}
