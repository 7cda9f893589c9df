using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>The optimiser's step, and the rank parameters after it. Nothing is allocated.</content>
public sealed partial class BayesianTensor
{
    private readonly double[][] _energies;
    private double[] _sums = [];
    private float[] _uploaded = [];

    /// <inheritdoc/>
    public override double GradientSumOfSquares()
    {
        double sum = 0;
        foreach (BayesianFactor factor in _factors)
        {
            sum += _device.SumOfSquares(MeanGradientOf(factor));
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void CollectGradients(ICollection<DeviceBuffer<float>> buffers)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        foreach (BayesianFactor factor in _factors)
        {
            buffers.Add(MeanGradientOf(factor));
            if (_sumsDraws)
            {
                buffers.Add(factor.LogDeviationGradient!);
            }
        }
    }

    /// <inheritdoc/>
    public override void Step(in StepContext context)
    {
        if (IsZero)
        {
            return;
        }

        Revision++;
        bool isFixed = Prior.Inference == InferenceKind.FixedRanks;
        double[][] energies = isFixed ? [] : ClearedEnergies();
        for (int k = 0; k < _factors.Length; k++)
        {
            if (isFixed)
            {
                StepFixed(_factors[k], context);
                continue;
            }

            FactorAxis? governing = Format.Factors[k].GoverningAxis;
            Span<double> sums = Room(ref _sums, governing?.Axis.Size ?? 1);
            sums.Clear();
            StepFactor(k, context, sums);
            if (governing is FactorAxis axis)
            {
                Add(sums, energies[axis.Bond]);
            }
        }

        if (!isFixed)
        {
            UpdateRankParameters(energies);
        }
    }

    /// <summary>Gets a zero for every rank parameter, in memory that is kept from step to step.</summary>
    private double[][] ClearedEnergies()
    {
        for (int bond = 0; bond < _energies.Length; bond++)
        {
            if (_energies[bond] is null || _energies[bond].Length != _rankParameters[bond].Length)
            {
                _energies[bond] = new double[_rankParameters[bond].Length];
            }

            Array.Clear(_energies[bond]);
        }

        return _energies;
    }

    private static Span<T> Room<T>(ref T[] memory, int length)
    {
        if (memory.Length < length)
        {
            memory = new T[length];
        }

        return memory.AsSpan(0, length);
    }

    private static void Add(ReadOnlySpan<double> values, Span<double> sums)
    {
        for (int r = 0; r < sums.Length; r++)
        {
            sums[r] += values[r];
        }
    }

    private void StepFixed(BayesianFactor factor, in StepContext context)
    {
        float learningRate = (float)_optimizer.LearningRate * context.LearningRateFactor;
        switch (_optimizer.Kind)
        {
            case OptimizerKind.Sgd:
                _device.SgdStep(factor.Mean, factor.Gradient, learningRate, context.GradientScale);
                break;
            case OptimizerKind.Adam:
                _device.AdamStep(factor.Mean, factor.Gradient, factor.FirstMoment!, factor.SecondMoment!, _optimizer.AdamArguments(context));
                break;
            default:
                _device.AdagradStep(factor.Mean, factor.Gradient, factor.SecondMoment!, learningRate, (float)_optimizer.Epsilon, context.GradientScale);
                break;
        }
    }

    private void StepFactor(int k, in StepContext context, Span<double> energies)
    {
        BayesianFactor factor = _factors[k];
        bool isSvi = Prior.Inference == InferenceKind.Svi;
        double deviationRate = Prior.LogDeviationLearningRate > 0 ? Prior.LogDeviationLearningRate
            : _optimizer.Kind == OptimizerKind.Adam ? _optimizer.LearningRate : 0.02;
        PosteriorFactor buffers = new()
        {
            Mean = factor.Mean,
            LogDeviation = factor.LogDeviation!,
            MeanGradient = MeanGradientOf(factor),
            LogDeviationGradient = _sumsDraws ? factor.LogDeviationGradient : null,
            Draw = isSvi ? _active[0][k] : null,
            MeanFirstMoment = factor.FirstMoment,
            MeanSecondMoment = factor.SecondMoment,
            LogDeviationFirstMoment = factor.LogDeviationFirstMoment,
            LogDeviationSecondMoment = factor.LogDeviationSecondMoment,
        };
        PosteriorStepArguments arguments = new()
        {
            Optimizer = _optimizer.Kind switch
            {
                OptimizerKind.Sgd => FactorOptimizer.Sgd,
                OptimizerKind.Adam => FactorOptimizer.Adam,
                _ => FactorOptimizer.Adagrad,
            },
            LearningRate = (float)_optimizer.LearningRate * context.LearningRateFactor,
            LogDeviationLearningRate = (float)deviationRate * context.LearningRateFactor,
            Beta1 = (float)_optimizer.Beta1,
            Beta2 = (float)_optimizer.Beta2,
            Epsilon = (float)_optimizer.Epsilon,
            Step = context.Step,
            KlWeight = (float)context.KlWeight,
            GradientScale = context.GradientScale,
            BatchSize = context.BatchSize,
        };
        (RankAxis axis, DeviceBuffer<float> variances) = PriorOf(k);
        _device.PosteriorStep(buffers, axis, variances, arguments, energies);
    }

    /// <summary>Moves every λ towards its exact minimiser: λ ← (1−γ)λ + γλ*, with D the present number of entries.</summary>
    private void UpdateRankParameters(double[][] energies)
    {
        for (int bond = 0; bond < _rankParameters.Length; bond++)
        {
            double entries = Format.GovernedEntries(bond);
            double[] parameters = _rankParameters[bond];
            for (int r = 0; r < parameters.Length; r++)
            {
                double minimizer = RankPrior.Minimizer(Prior.Prior, energies[bond][r], entries, Prior.Scale);
                parameters[r] = Math.Max(((1 - Prior.Damping) * parameters[r]) + (Prior.Damping * minimizer), RankPrior.SmallestRankParameter);
            }
        }

        UploadRankParameters();
    }

    private void UploadRankParameters()
    {
        for (int bond = 0; bond < _rankParameters.Length; bond++)
        {
            Span<float> values = Room(ref _uploaded, _rankParameters[bond].Length);
            for (int r = 0; r < values.Length; r++)
            {
                values[r] = (float)_rankParameters[bond][r];
            }

            if (_rankParameterBuffers[bond].Length != values.Length)
            {
                _rankParameterBuffers[bond].Dispose();
                _rankParameterBuffers[bond] = _device.Allocate<float>(values.Length);
            }

            _rankParameterBuffers[bond].CopyFrom(values);
        }
    }
}
