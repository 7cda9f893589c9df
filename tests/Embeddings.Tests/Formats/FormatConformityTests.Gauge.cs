using Dlrm.Numerics;

namespace Dlrm.Embeddings.Tests.Formats;

/// <content>Gauge moves, removal of components, and saved state.</content>
public sealed partial class FormatConformityTests
{
    [Theory]
    [MemberData(nameof(Cases))]
    public void MoveGauge_RandomFactors_LeavesTheTensorAndOrdersTheEnergies(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding));
        double[] before = TensorDefinition.Expand(tensor);

        tensor.MoveGauge();

        Assert.Equal(ranks, tensor.Format.Ranks);
        Assert.InRange(TensorDefinition.RelativeError(TensorDefinition.Expand(tensor), before), 0, 1e-5);
        for (int bond = 0; bond < ranks.Length; bond++)
        {
            // A ring's components are in the order of the chain opened there, before the other bonds moved; a core of one slab passes its bond on.
            if (format == TensorFormat.Ring || tensor.Format.Factors[bond].Dimensions is [1, _, 1, _])
            {
                continue;
            }

            double[] parameters = tensor.RankParameters(bond).ToArray();
            Assert.All(parameters.Zip(parameters.Skip(1)), pair => Assert.True(pair.Second <= 1.0001 * pair.First, $"Bond {bond}: {string.Join(", ", parameters)}."));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MoveGauge_Twice_ChangesNothingMore(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        if (format == TensorFormat.Ring)
        {
            // One bond is moved in the basis of the others: a ring has no canonical form to arrive at.
            return;
        }

        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding));
        tensor.MoveGauge();
        double[][] before = [.. Enumerable.Range(0, ranks.Length).Select(bond => tensor.RankParameters(bond).ToArray())];

        tensor.MoveGauge();

        for (int bond = 0; bond < before.Length; bond++)
        {
            Assert.InRange(TensorDefinition.RelativeError(tensor.RankParameters(bond).ToArray(), before[bond]), 0, 1e-3);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MoveGauge_RandomFactors_GivesAllFactorsTheSameEnergyPerEntry(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding));

        tensor.MoveGauge();

        double[] means = [.. tensor.Means().Select(mean => mean.ToArray().Average(value => (double)value * value))];
        Assert.All(means, mean => Assert.InRange(mean, 0.999 * means[0], 1.001 * means[0]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MoveGauge_ComponentsWithoutEnergy_DropsThem(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding));
        int bond = Array.FindLastIndex(ranks, size => size > 1);
        if (bond < 0)
        {
            return;
        }

        int[] expected = [.. ranks];
        expected[bond]--;
        Change(tensor, bond, (values, axis, entry) => values[entry] = entry / axis.Inner % axis.Size == 1 ? 0 : values[entry], allFactors: true);
        double[] before = TensorDefinition.Expand(tensor);

        tensor.MoveGauge();

        // Fewer components on one bond may leave some of another without energy.
        Assert.All(tensor.Format.Ranks.Zip(expected), pair => Assert.True(pair.First <= pair.Second));
        Assert.InRange(TensorDefinition.RelativeError(TensorDefinition.Expand(tensor), before), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MoveGauge_DependentComponents_DropsOne(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        int bond = Array.FindLastIndex(ranks, size => size > 1);
        if (format == TensorFormat.Cp || bond < 0)
        {
            // CP: equal columns of one factor are no redundancy.
            return;
        }

        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding));
        Change(tensor, bond, (values, axis, entry) => values[entry] = entry / axis.Inner % axis.Size == 1 ? 2 * values[entry - axis.Inner] : values[entry], allFactors: false);
        double[] before = TensorDefinition.Expand(tensor);

        tensor.MoveGauge();

        Assert.True(tensor.Format.Ranks[bond] < ranks[bond], $"Ranks [{string.Join(", ", tensor.Format.Ranks)}].");
        Assert.InRange(TensorDefinition.RelativeError(TensorDefinition.Expand(tensor), before), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MoveGauge_AfterAStep_KeepsEntriesTimesFirstMoments(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding));
        Step(tensor);
        (double Sum, double Scale)[] before = Contractions(tensor);

        tensor.MoveGauge();

        (double Sum, double Scale)[] after = Contractions(tensor);
        for (int k = 0; k < before.Length; k++)
        {
            Assert.True(Math.Abs(before[k].Sum - after[k].Sum) <= 1e-4 * Math.Max(before[k].Scale, after[k].Scale), $"Factor {k}: {before[k].Sum:R} before, {after[k].Sum:R} after.");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void RemoveComponent_EveryBond_EqualsTheMaskedTensor(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding));
        for (int bond = 0; bond < ranks.Length; bond++)
        {
            if (ranks[bond] == 1)
            {
                Assert.Throws<InvalidOperationException>(() => tensor.RemoveComponent(bond, 0));
                continue;
            }

            tensor.UseMeansWithout(bond, 1);
            double[] masked = TensorDefinition.Expand(tensor.Format, [.. tensor.Factors(0).ToArray().Select(buffer => buffer.ToArray())]);
            long before = tensor.StoredElements;

            tensor.RemoveComponent(bond, 1);

            Assert.Equal(ranks[bond] - 1, tensor.Format.Ranks[bond]);
            Assert.InRange(TensorDefinition.RelativeError(TensorDefinition.Expand(tensor), masked), 0, 1e-6);
            Assert.True(tensor.StoredElements < before);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Load_AfterPruning_RestoresEveryBit(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding));
        Step(tensor);
        tensor.MoveGauge();
        int bond = Array.FindLastIndex(ranks, size => size > 1);
        if (bond >= 0)
        {
            tensor.RemoveComponent(bond, 1);
        }

        MemoryState saved = new();
        tensor.Save(saved, StateParts.All);
        using BayesianTensor other = Tensor(Format(format, rowModes, columnModes, ranks, padding), seed: 1);

        other.Load(saved, StateParts.All);

        MemoryState again = new();
        other.Save(again, StateParts.All);
        Assert.Equal(tensor.Format.Ranks, other.Format.Ranks);
        Assert.Equal(saved.Names, again.Names);
        Assert.All(saved.Names.Where(saved.IsFloat), name => Assert.Equal(saved.Values(name), again.Values(name)));
        Assert.All(Enumerable.Range(0, ranks.Length), bond => Assert.Equal(tensor.RankParameters(bond).ToArray(), other.RankParameters(bond).ToArray()));
        Assert.Equal(TensorDefinition.Expand(tensor), TensorDefinition.Expand(other));
    }

    /// <summary>Changes the entries of the first factor that a bond runs through, or of all.</summary>
    private static void Change(BayesianTensor tensor, int bond, Action<float[], RankAxis, long> change, bool allFactors)
    {
        for (int k = 0; k < tensor.Format.Factors.Count; k++)
        {
            foreach (FactorAxis axis in tensor.Format.Factors[k].Axes.Where(axis => axis.Bond == bond))
            {
                float[] values = tensor.Means()[k].ToArray();
                for (long entry = 0; entry < values.Length; entry++)
                {
                    change(values, axis.Axis, entry);
                }

                tensor.Means()[k].CopyFrom(values);
                if (!allFactors)
                {
                    return;
                }
            }
        }
    }

    private static (double Sum, double Scale)[] Contractions(BayesianTensor tensor)
    {
        MemoryState state = new();
        tensor.Save(state, StateParts.Values | StateParts.Optimizer);
        return [.. tensor.Format.Factors.Select(factor =>
        {
            (float Entry, float Moment)[] pairs = [.. state.Values($"t.{factor.Name}").Zip(state.Values($"t.{factor.Name}.m"))];
            return (pairs.Sum(pair => (double)pair.Entry * pair.Moment), pairs.Sum(pair => Math.Abs((double)pair.Entry * pair.Moment)));
        })];
    }
}
