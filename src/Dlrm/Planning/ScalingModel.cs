using Dlrm.Numerics;

namespace Dlrm.Planning;

/// <summary>Predicts the speed and memory of data-parallel training for any number of workers, each with the same local batch.</summary>
/// <remarks>
/// <code>
/// step(W)  = step(1) + packing + agreement + gather + all-to-all + sums that are waited for
/// sums     bucket i is full at f(i) of the backward pass and takes a(i):   end(i) = max(f(i), end(i − 1)) + a(i)
///          waited for = overlap·max(0, end(last) − backward) + (1 − overlap)·Σ a(i)
/// all-to-all   for each spread table: a count for each worker, ids there, rows back, gradients there; nothing hides them
/// samples/s = W·B / step(W)          efficiency = step(1) / step(W)
/// </code>
/// <para>The backward pass is two thirds of what a step computes besides its optimisers; it is shared out among tensors by <see cref="StepCost"/>. What collectives take: <see cref="NetworkRates"/>.</para>
/// <para>Not in it: workers that are slower than others, a network shared with others, reading data, evaluation, gauge moves and pruning unless the measured step had them.</para>
/// <para>Buckets: Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", VLDB 2020.</para>
/// </remarks>
public sealed class ScalingModel
{
    private const int AgreementBytes = 4 * sizeof(double);
    private const int LossBytes = 2 * sizeof(double);

    /// <summary>A gradient is read and written into its bucket and back.</summary>
    private const int SumPasses = 4;

    /// <summary>A row that is sent is read and written when it is put in order, sent, received and put in place.</summary>
    private const int RowPasses = 6;

    private readonly DlrmOptions _options;
    private readonly ModelPlan _plan;
    private readonly IReadOnlyList<double> _distinctRows;
    private readonly ScalingRates _rates;
    private readonly bool _fusesTables;

    /// <summary>Initializes a new instance of the <see cref="ScalingModel"/> class.</summary>
    /// <param name="options">The options; <see cref="TrainingOptions.BatchSize"/> is the local batch of one worker.</param>
    /// <param name="inputs">What the model is fed.</param>
    /// <param name="distinctRows">For each table the distinct ids of a local batch.</param>
    /// <param name="rates">Machine and network.</param>
    /// <param name="fusesTables">Whether all spread tables share their exchanges, as in torchrec and HugeCTR, instead of each having its own, as here.</param>
    /// <exception cref="OptionsException">As <see cref="ModelPlanner.Plan"/>.</exception>
    /// <exception cref="ArgumentException">There is not one number of distinct rows for each table.</exception>
    public ScalingModel(DlrmOptions options, ModelInputs inputs, IReadOnlyList<double> distinctRows, ScalingRates rates, bool fusesTables = false)
    {
        _plan = ModelPlanner.Plan(options, inputs);
        _options = options with { Model = _plan.Options };
        _distinctRows = distinctRows;
        _rates = rates;
        _fusesTables = fusesTables;
        TensorExchange.Of(_options, _plan, distinctRows, workers: 2);
    }

    /// <summary>Makes the options of the same model with every row of every table stored.</summary>
    /// <param name="options">The options.</param>
    /// <returns>Those with dense tables.</returns>
    public static DlrmOptions Dense(DlrmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with { Model = options.Model with { Tables = new Embeddings.TableOptions { Kind = Embeddings.TableKind.Dense }, TableOverrides = new Dictionary<string, Embeddings.TableOptions>(), Budget = null } };
    }

    /// <summary>Predicts.</summary>
    /// <param name="workers">W.</param>
    /// <returns>What it comes to.</returns>
    public ScalingPoint Predict(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        NetworkRates network = _rates.Network;
        IReadOnlyList<TensorExchange> exchanges = TensorExchange.Of(_options, _plan, _distinctRows, workers);
        (double sums, double waited) = Sums(exchanges, workers);
        double gather = network.AllGatherSeconds(workers, exchanges.Sum(tensor => tensor.GatheredBytes));
        double allToAll = AllToAll([.. exchanges.Where(tensor => tensor.IsSpread)], workers);
        double agreement = workers == 1 ? 0
            : network.AllReduceSeconds(workers, AgreementBytes) + network.AllReduceSeconds(workers, LossBytes)
                + network.AllGatherSeconds(workers, sizeof(int) * (double)exchanges.Count(tensor => tensor.Tensor.IsLookup && !tensor.IsSpread));
        double packing = Packing(exchanges, workers);
        double others = gather + allToAll + agreement + packing;
        double hidden = (_rates.Overlap * waited) + ((1 - _rates.Overlap) * sums);
        double seconds = _rates.StepSeconds + others + hidden;
        return new ScalingPoint
        {
            Workers = workers,
            StepSeconds = seconds,
            UnhiddenStepSeconds = _rates.StepSeconds + others + sums,
            SumSeconds = hidden,
            GatherSeconds = gather,
            AllToAllSeconds = allToAll,
            AgreementSeconds = agreement,
            PackingSeconds = packing,
            SamplesPerSecond = (double)workers * _options.Training.BatchSize / seconds,
            Efficiency = _rates.StepSeconds / seconds,
            BytesPerStep = exchanges.Sum(tensor => tensor.Bytes),
            AllToAllBytesPerStep = exchanges.Where(tensor => tensor.IsSpread).Sum(tensor => tensor.Bytes),
            Memory = WorkerMemory.Of(_options, _plan, workers),
        };
    }

    /// <summary>Adds up the sums of buckets, and what of them is left after the backward pass when they go on beside it.</summary>
    private (double All, double Waited) Sums(IReadOnlyList<TensorExchange> exchanges, int workers)
    {
        double bucket = _options.Distributed.BucketBytes;
        double all = 0;
        double now = 0;
        double free = 0;
        double open = 0;
        double[] shares = BackwardSeconds(exchanges);
        for (int i = 0; i < exchanges.Count; i++)
        {
            now += shares[i];
            open += exchanges[i].SummedBytes;
            for (; open >= bucket; open -= bucket)
            {
                Send(bucket);
            }
        }

        if (open > 0)
        {
            Send(open);
        }

        return (all, Math.Max(0, free - now));

        void Send(double bytes)
        {
            double seconds = _rates.Network.AllReduceSeconds(workers, bytes);
            all += seconds;
            free = Math.Max(now, free) + seconds;
        }
    }

    /// <summary>Shares the backward pass out among the tensors; the interaction goes to the first layer of the top MLP, which comes before it.</summary>
    private double[] BackwardSeconds(IReadOnlyList<TensorExchange> exchanges)
    {
        int batch = _options.Training.BatchSize;
        StepCost cost = _rates.Cost;
        double[] backward = [.. exchanges.Select(exchange => 2.0 * batch * exchange.Tensor.MultiplyAdds / (exchange.Tensor.IsLookup ? cost.LookupRate : cost.LayerRate))];
        int lastOfTop = Enumerable.Range(0, exchanges.Count).Last(i => exchanges[i].Tensor.Name.StartsWith("top.", StringComparison.Ordinal));
        backward[lastOfTop] += 2.0 * batch * _plan.InteractionMultiplyAdds / cost.LayerRate;

        // The rates say how long a step takes by them; the measured step says how long it takes.
        double scale = _rates.StepSeconds / cost.Seconds(_plan, batch);
        return [.. backward.Select(seconds => seconds * scale)];
    }

    private double AllToAll(IReadOnlyList<TensorExchange> spread, int workers)
    {
        if (spread.Count == 0)
        {
            return 0;
        }

        NetworkRates network = _rates.Network;
        double bytes = spread.Sum(tensor => tensor.Bytes);
        return ((_fusesTables ? 1 : spread.Count) * (network.CountsSeconds(workers) + (3 * network.AllToAllSeconds(workers, 0)))) + (bytes / network.BytesPerSecond);
    }

    private double Packing(IReadOnlyList<TensorExchange> exchanges, int workers)
    {
        if (workers == 1)
        {
            return 0;
        }

        // Every worker adds the gathered rows of all; an owner groups the ids that it is asked for as the asker did.
        double copied = exchanges.Sum(tensor => (SumPasses * tensor.SummedBytes) + (RowPasses * (workers * tensor.GatheredBytes)) + (RowPasses * tensor.RowBytes));
        double grouped = exchanges.Sum(tensor => tensor.IdBytes / sizeof(long));
        return (copied / _rates.CopyBytesPerSecond) + (grouped / _rates.Cost.IndexRate);
    }
}
