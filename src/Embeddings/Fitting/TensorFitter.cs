using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Fits a low-rank tensor to observed rows under Gaussian noise, finding ranks by evidence.</summary>
/// <remarks>
/// <code>
/// y[n, j] = E[row_n, j] + τ·noise        a sample is one observed entry: N = rows · J
/// L = mean over entries of w[row]·(y − f)²/2τ² + ½ ln τ²  +  β/N · KL        w: 1, or given row weights of mean 1
/// </code>
/// </remarks>
public static class TensorFitter
{
    private const double Smoothing = 0.98;
    private const int ProbeRows = 2048;

    /// <summary>Runs the fit.</summary>
    /// <param name="device">The device.</param>
    /// <param name="bag">A one-hot, sum-pooled bag of the tensor to fit; its optimiser and prior are those of <paramref name="options"/>.</param>
    /// <param name="rows">The observed rows' ids.</param>
    /// <param name="values">Their entries, (rows, J) row-major.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Receives (step, smoothed loss, ranks) at every event of the rank schedule, or null.</param>
    /// <param name="rowWeights">What the squared error of each observed row counts, in any unit, for instance how often it is asked for; empty: all the same.</param>
    /// <returns>What was found; the tensor holds the fit.</returns>
    /// <exception cref="ArgumentException">There are not J values for each row, all are zero or one is not finite, or the tensor has other options; or row weights are not one above or at 0 for each row, some above.</exception>
    public static TensorFitResult Fit(
        IDevice device, TensorEmbeddingBag bag, ReadOnlySpan<long> rows, ReadOnlySpan<float> values, TensorFitOptions options, Action<int, double, int[]>? progress = null,
        ReadOnlySpan<float> rowWeights = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(bag);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        int dim = bag.EmbeddingDim;
        if (values.Length != (long)rows.Length * dim || rows.Length == 0)
        {
            throw new ArgumentException($"{rows.Length} rows of dimension {dim} need {(long)rows.Length * dim} values, but there are {values.Length}.", nameof(values));
        }

        BayesianTensor tensor = bag.Tensor;
        if (tensor.Prior != options.RankPrior || tensor.Optimizer != options.Optimizer)
        {
            throw new ArgumentException($"{tensor.Name} was made with another optimiser or prior than the fit's options: make it with options.Optimizer and options.RankPrior.", nameof(bag));
        }

        float[] roots = WeightRoots(rowWeights, rows.Length);
        RankSchedule schedule = new(options.RankPrior, options.Steps, values.Length, bag.Tensor.StoredElements);
        RandomStream stream = new RandomStream(options.Seed, 0).Derive(7);
        EpochOrder order = new(rows.Length, options.Seed);
        int batchRows = Math.Min(options.BatchRows, rows.Length);
        long samples = values.Length;
        double deviation = Deviation(values, roots, dim);
        if (!(deviation > 0) || !double.IsFinite(deviation))
        {
            throw new ArgumentException($"The {values.Length} values have a root mean square of {deviation}: there is nothing to fit.", nameof(values));
        }

        double variance = options.Noise > 0 ? options.Noise * options.Noise : deviation * deviation;
        double floor = Math.Pow(options.NoiseFloor * deviation, 2);
        double smoothed = double.NaN;
        List<PruningEvent> events = [];
        using GaussianProbe probe = MakeProbe(device, bag, rows, values, roots, samples, () => Math.Sqrt(variance));
        using GrowingMatrix output = new(device, dim);
        using GrowingMatrix targets = new(device, dim);
        JaggedIndices batch = new();
        float[] negated = new float[batchRows * dim];
        float[] batchRoots = new float[roots.Length > 0 ? negated.Length : 0];
        using GrowingMatrix weights = new(device, dim);
        for (int step = 1; step <= options.Steps && !tensor.IsZero; step++)
        {
            batch.Resize(batchRows, batchRows, isWeighted: false);
            for (int b = 0; b < batchRows; b++)
            {
                int n = order.Next();
                batch.Indices[b] = rows[n];
                batch.Offsets[b] = b;
                if (roots.Length > 0)
                {
                    batchRoots.AsSpan(b * dim, dim).Fill(roots[n]);
                }

                System.Numerics.Tensors.TensorPrimitives.Negate(values.Slice(n * dim, dim), negated.AsSpan(b * dim, dim));
            }

            batch.Offsets[batchRows] = batchRows;
            Matrix predicted = output.Resize(batchRows);
            Matrix target = targets.Resize(batchRows);
            target.Buffer.CopyFrom(negated);
            tensor.BeginStep(stream.Derive((ulong)step), pieces: 1);
            tensor.ClearGradient();
            bag.Forward(batch, predicted);
            device.AddElements(predicted, target, predicted);
            Matrix root = batchRoots.Length > 0 ? weights.Resize(batchRows) : default;
            if (batchRoots.Length > 0)
            {
                root.Buffer.CopyFrom(batchRoots);
                device.MultiplyElements(predicted, root, predicted);
            }

            double squares = device.SumOfSquares(predicted.Buffer, negated.Length) / negated.Length;
            double loss = (squares / (2 * variance)) + (0.5 * Math.Log(variance));
            smoothed = double.IsNaN(smoothed) ? loss : (Smoothing * smoothed) + ((1 - Smoothing) * loss);
            if (batchRoots.Length > 0)
            {
                device.MultiplyElements(predicted, root, predicted);
            }

            bag.Backward(predicted);
            tensor.Step(new StepContext
            {
                Step = step,
                LearningRateFactor = LearningRateFactor(step, options.Steps),
                GradientScale = (float)(1 / (variance * negated.Length)),
                KlWeight = schedule.KlWeight(step) / samples,
                BatchSize = negated.Length,
            });
            if (options.Noise == 0)
            {
                variance = Math.Max((Smoothing * variance) + ((1 - Smoothing) * squares), floor);
            }

            if (schedule.HasEvent(step))
            {
                if (schedule.MovesGauge(step))
                {
                    tensor.MoveGauge();
                }

                if (schedule.Prunes(step, smoothed))
                {
                    events.AddRange(options.RankPrior.PruneRule == PruneRule.Threshold
                        ? ThresholdPruner.Prune([tensor])
                        : EvidencePruner.Prune([tensor], probe, schedule.KlWeight(step)));
                }

                progress?.Invoke(step, smoothed, tensor.IsZero ? [] : [.. tensor.Format.Ranks]);
            }
        }

        tensor.UseMeans();
        return new TensorFitResult(tensor.IsZero ? [] : [.. tensor.Format.Ranks], Math.Sqrt(variance), events);
    }

    /// <summary>Constant for a third of the run, then a half cosine to a hundredth: the end averages the noise of batches and draws.</summary>
    private static float LearningRateFactor(int step, int steps)
    {
        double position = Math.Max(0, (1.5 * step / steps) - 0.5);
        return (float)(0.01 + (0.99 * 0.5 * (1 + Math.Cos(Math.PI * position))));
    }

    /// <summary>Gets √w of each row, w of mean 1; none when all are the same.</summary>
    private static float[] WeightRoots(ReadOnlySpan<float> weights, int rows)
    {
        if (weights.IsEmpty)
        {
            return [];
        }

        double sum = 0;
        foreach (float weight in weights)
        {
            sum += weight >= 0 ? weight : double.NaN;
        }

        if (weights.Length != rows || !(sum > 0) || !double.IsFinite(sum))
        {
            throw new ArgumentException($"{rows} rows have {weights.Length} weights with the sum {sum}; one for each is needed, none below 0 or not finite, some above 0.", nameof(weights));
        }

        float[] roots = new float[rows];
        for (int n = 0; n < rows; n++)
        {
            roots[n] = (float)Math.Sqrt(weights[n] * rows / sum);
        }

        return roots;
    }

    private static double Deviation(ReadOnlySpan<float> values, float[] roots, int dim)
    {
        if (roots.Length == 0)
        {
            return Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares(values) / (double)values.Length);
        }

        double sum = 0;
        for (int start = 0; start < values.Length; start += dim)
        {
            double weight = roots[start / dim] * roots[start / dim];
            sum += weight * System.Numerics.Tensors.TensorPrimitives.SumOfSquares(values.Slice(start, dim));
        }

        return Math.Sqrt(sum / values.Length);
    }

    private static GaussianProbe MakeProbe(
        IDevice device, TensorEmbeddingBag bag, ReadOnlySpan<long> rows, ReadOnlySpan<float> values, float[] roots, long samples, Func<double> noise)
    {
        int count = Math.Min(rows.Length, ProbeRows);
        int dim = bag.EmbeddingDim;
        long[] probeRows = new long[count];
        float[] targets = new float[count * dim];
        float[] weights = new float[count * dim];
        for (int i = 0; i < count; i++)
        {
            int n = (int)((long)i * rows.Length / count);
            probeRows[i] = rows[n];
            weights.AsSpan(i * dim, dim).Fill(roots.Length > 0 ? roots[n] * roots[n] : 1);
            values.Slice(n * dim, dim).CopyTo(targets.AsSpan(i * dim));
        }

        return new GaussianProbe(device, bag, probeRows, targets, weights, samples, noise);
    }
}
