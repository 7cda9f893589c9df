using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>What checkpoints and compact models hold.</content>
public sealed partial class BayesianTensor
{
    /// <inheritdoc/>
    /// <remarks>
    /// Names: <c>NAME.FACTOR</c> in the format's storage (none for a zero tensor; "core.0" is a FACTOR), <c>NAME.ranks</c>, one for each bond; posterior:
    /// <c>NAME.FACTOR.log_deviation</c>, <c>NAME.lambda.BOND</c>; optimiser: <c>NAME.FACTOR.m</c>, <c>.v</c>, <c>.rho_m</c> and <c>.rho_v</c>.
    /// </remarks>
    public override void Save(IStateWriter writer, StateParts parts)
    {
        writer.Write($"{Name}.ranks", IsZero ? [] : Format.Ranks.Select(value => (long)value).ToArray());
        for (int k = 0; k < _factors.Length; k++)
        {
            long[] shape = [.. Format.Factors[k].Dimensions];
            foreach ((string name, StateParts part, DeviceBuffer<float> buffer) in StateOf(k))
            {
                if (parts.HasFlag(part))
                {
                    writer.Write(name, shape, buffer);
                }
            }
        }

        if (parts.HasFlag(StateParts.Posterior) && Prior.Inference != InferenceKind.FixedRanks && !IsZero)
        {
            for (int bond = 0; bond < _rankParameters.Length; bond++)
            {
                writer.Write($"{Name}.lambda.{bond}", _rankParameters[bond]);
            }
        }
    }

    /// <inheritdoc/>
    public override void Load(IStateReader reader, StateParts parts)
    {
        Revision++;
        long[] ranks = reader.ReadIntegers($"{Name}.ranks");
        if (ranks.Length == 0)
        {
            BecomeZero();
        }
        else if (IsZero)
        {
            throw new InvalidDataException($"{Name} was pruned whole, but the file has ranks [{string.Join(", ", ranks)}]: ranks never grow back; load it into a new model.");
        }
        else
        {
            SetRanks(Array.ConvertAll(ranks, value => checked((int)value)));
        }

        for (int k = 0; k < _factors.Length; k++)
        {
            long[] shape = [.. Format.Factors[k].Dimensions];
            foreach ((string name, StateParts part, DeviceBuffer<float> buffer) in StateOf(k))
            {
                if (parts.HasFlag(part))
                {
                    reader.ReadExactly(name, shape, buffer);
                }
            }
        }

        if (parts.HasFlag(StateParts.Posterior) && Prior.Inference != InferenceKind.FixedRanks && !IsZero)
        {
            for (int bond = 0; bond < _rankParameters.Length; bond++)
            {
                double[] parameters = reader.ReadDoubles($"{Name}.lambda.{bond}");
                if (parameters.Length != Format.Ranks[bond])
                {
                    throw new InvalidDataException($"'{Name}.lambda.{bond}' has {parameters.Length} rank parameters, but the factors have rank {Format.Ranks[bond]} there.");
                }

                _rankParameters[bond] = parameters;
            }

            UploadRankParameters();
        }
    }

    /// <summary>Makes the whole tensor zero: nothing is stored and nothing is trained any more.</summary>
    public void BecomeZero()
    {
        Revision++;
        foreach (BayesianFactor factor in _factors)
        {
            factor.Dispose();
        }

        IsZero = true;
        _factors = [];
        _rankParameters = [];
        UseMeans();
    }

    private void SetRanks(int[] ranks)
    {
        if (ranks.Length != Format.Ranks.Count || ranks.Any(size => size < 1))
        {
            throw new InvalidDataException($"'{Name}.ranks' is [{string.Join(", ", ranks)}], but {Format} has {Format.Ranks.Count} ranks of at least 1.");
        }

        Format = Format.WithRanks(ranks);
        for (int k = 0; k < _factors.Length; k++)
        {
            float[] zeros = new float[Format.Factors[k].Length];
            _factors[k].Replace(zeros, new LogDeviationState(zeros, zeros, zeros, zeros.Length), zeros, zeros);
        }

        for (int bond = 0; bond < _rankParameters.Length; bond++)
        {
            _rankParameters[bond] = new double[ranks[bond]];
            Array.Fill(_rankParameters[bond], 1);
        }

        UploadRankParameters();
        UseMeans();
    }

    private IEnumerable<(string Name, StateParts Part, DeviceBuffer<float> Buffer)> StateOf(int k)
    {
        BayesianFactor factor = _factors[k];
        (string Suffix, StateParts Part, DeviceBuffer<float>? Buffer)[] all =
        [
            (string.Empty, StateParts.Values, factor.Mean),
            (".log_deviation", StateParts.Posterior, factor.LogDeviation),
            (".m", StateParts.Optimizer, factor.FirstMoment),
            (".v", StateParts.Optimizer, factor.SecondMoment),
            (".rho_m", StateParts.Optimizer, factor.LogDeviationFirstMoment),
            (".rho_v", StateParts.Optimizer, factor.LogDeviationSecondMoment),
        ];
        foreach ((string suffix, StateParts part, DeviceBuffer<float>? buffer) in all)
        {
            if (buffer is not null)
            {
                yield return ($"{Name}.{Format.Factors[k].Name}{suffix}", part, buffer);
            }
        }
    }
}
