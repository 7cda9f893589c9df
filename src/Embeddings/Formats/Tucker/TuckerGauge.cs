using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Computes the canonical form of a Tucker tensor: the directions of its multilinear singular value decomposition.</summary>
/// <remarks>
/// <code>
/// A[k]ᵀA[k] = P[k]ᵀP[k]     C = G ×_k P[k]     C's unfolding k has left singular vectors V[k], values s[k]
/// T[k] = P[k]⁻¹ V[k] diag(c[k])     A′[k] = A[k] T[k]     G′ = G ×_k T[k]⁻¹
/// </code>
/// <para>The columns of A[k]·P[k]⁻¹·V[k] are orthonormal, and so a component's energy is s². Column r takes s[k][r]^(1/d) of it, the core the rest: λ, which
/// governs columns, then sees the energy. A common scale for each factor gives all factors and the core the same energy per entry, as at the start.</para>
/// <para>Components with s &lt; 1e-7·s₀ are dropped.</para>
/// </remarks>
internal static class TuckerGauge
{
    private const double Threshold = 1e-7;
    private const double RootThreshold = 1e-14;

    /// <summary>Moves every bond.</summary>
    /// <param name="format">The format.</param>
    /// <param name="means">Factors, then the core; arrays may be longer.</param>
    /// <returns>The move; null when the tensor is zero.</returns>
    internal static GaugeMove? Move(TuckerFormat format, IReadOnlyList<float[]> means)
    {
        int modes = format.Ranks.Count;
        float[] core = means[modes];
        double[][] roots = new double[modes][];
        double[][] inverses = new double[modes][];
        int[] sizes = new int[modes];
        for (int k = 0; k < modes; k++)
        {
            FactorShape factor = format.Factors[k];
            CoreSize size = new((int)factor.Dimensions[0], 1, 1, format.Ranks[k]);
            (roots[k], inverses[k], sizes[k]) = Root(InterfaceGrams.LeftGram(size, means[k], [1]), format.Ranks[k]);
            if (sizes[k] == 0)
            {
                return null;
            }
        }

        float[] orthogonal = Product(format, core, roots, sizes);
        FactorShape shape = TuckerFormat.Core(sizes);
        BondMap[] maps = new BondMap[modes];
        for (int k = 0; k < modes; k++)
        {
            RankAxis axis = shape.Axes[k].Axis;
            if (Map(orthogonal, axis, roots[k], inverses[k], format.Ranks[k], 1.0 / modes) is not BondMap map)
            {
                return null;
            }

            maps[k] = map;
        }

        return Balanced(format, means, maps);
    }

    private static GaugeMove? Balanced(TuckerFormat format, IReadOnlyList<float[]> means, BondMap[] maps)
    {
        int modes = maps.Length;
        float[][] moved = new float[modes + 1][];
        double[] energies = new double[modes + 1];
        double target = 1;
        for (int k = 0; k <= modes; k++)
        {
            if (k < modes)
            {
                moved[k] = new float[format.Factors[k].Dimensions[0] * maps[k].New];
                ModeProducts.Apply(means[k].AsSpan(0, (int)format.Factors[k].Length), [format.Factors[k].Axes[0].Axis], [maps[k].OfRightAxis().Forward], [maps[k].New], moved[k]);
            }
            else
            {
                moved[k] = Product(format, means[k], [.. maps.Select(map => map.Left)], [.. maps.Select(map => map.New)]);
            }

            energies[k] = ModeProducts.Energies(moved[k], new RankAxis(1, 1, moved[k].Length))[0] / moved[k].Length;
            target *= Math.Pow(energies[k], 1.0 / (modes + 1));
        }

        if (!(target > 0) || !double.IsFinite(target))
        {
            return null;
        }

        for (int k = 0; k <= modes; k++)
        {
            double scale = Math.Sqrt(target / energies[k]);
            ModeProducts.Scale(moved[k], new RankAxis(1, 1, moved[k].Length), [scale]);
            if (k < modes)
            {
                // The scales of all factors multiply to the inverse of the core's.
                maps[k] = maps[k].Scaled(scale);
            }
        }

        AxisMap[][] axes = [.. maps.Select(map => new[] { map.OfRightAxis() }), [.. maps.Select(map => map.OfLeftAxis())]];
        return new GaugeMove([.. maps.Select(map => map.New)], axes, moved);
    }

    private static float[] Product(TuckerFormat format, float[] core, double[][] matrices, int[] sizes)
    {
        FactorShape shape = format.Factors[^1];
        float[] result = new float[sizes.Aggregate(1, static (product, size) => product * size)];
        ModeProducts.Apply(core.AsSpan(0, (int)shape.Length), [.. shape.Axes.Select(axis => axis.Axis)], matrices, sizes, result);
        return result;
    }

    /// <summary>Computes P with PᵀP = gram and its one-sided inverse, P·P⁻¹ = 1, from the eigenvalues above rounding.</summary>
    private static (double[] Root, double[] Inverse, int Size) Root(double[] gram, int size)
    {
        if (!gram.All(double.IsFinite))
        {
            return ([], [], 0);
        }

        JacobiDecomposition decomposition = new([.. gram], size, size);
        int kept = decomposition.Values.TakeWhile(value => value > 0 && value > RootThreshold * decomposition.Values[0]).Count();
        double[] root = new double[kept * size];
        double[] inverse = new double[size * kept];
        for (int c = 0; c < kept; c++)
        {
            double value = Math.Sqrt(decomposition.Values[c]);
            ReadOnlySpan<double> vector = decomposition.Right(c);
            for (int r = 0; r < size; r++)
            {
                root[(c * size) + r] = value * vector[r];
                inverse[(r * kept) + c] = vector[r] / value;
            }
        }

        return (root, inverse, kept);
    }

    /// <summary>Computes T = P⁻¹·V·diag(s^exponent) and T⁻¹ of one mode.</summary>
    private static BondMap? Map(float[] core, RankAxis axis, double[] root, double[] inverse, int old, double exponent)
    {
        JacobiDecomposition decomposition = new(UnfoldingGram(core, axis), axis.Size, axis.Size);
        double[] values = [.. decomposition.Values.Select(value => Math.Sqrt(Math.Max(value, 0)))];
        int kept = values.TakeWhile(value => value > Threshold * values[0]).Count();
        if (kept == 0 || !double.IsFinite(values[0]))
        {
            return null;
        }

        double[] right = new double[old * kept];
        double[] left = new double[kept * old];
        for (int c = 0; c < kept; c++)
        {
            double scale = Math.Pow(values[c], exponent);
            ReadOnlySpan<double> vector = decomposition.Right(c);
            for (int r = 0; r < old; r++)
            {
                for (int i = 0; i < axis.Size; i++)
                {
                    right[(r * kept) + c] += inverse[(r * axis.Size) + i] * vector[i] * scale;
                    left[(c * old) + r] += vector[i] * root[(i * old) + r] / scale;
                }
            }
        }

        return new BondMap(old, kept, right, left);
    }

    private static double[] UnfoldingGram(float[] core, RankAxis axis)
    {
        double[] gram = new double[axis.Size * axis.Size];
        int inner = (int)axis.Inner;
        for (int o = 0; o < axis.Outer; o++)
        {
            ReadOnlySpan<float> block = core.AsSpan(o * axis.Size * inner, axis.Size * inner);
            for (int r = 0; r < axis.Size; r++)
            {
                for (int s = 0; s <= r; s++)
                {
                    double sum = 0;
                    for (int i = 0; i < inner; i++)
                    {
                        sum += (double)block[(r * inner) + i] * block[(s * inner) + i];
                    }

                    gram[(r * axis.Size) + s] += sum;
                }
            }
        }

        for (int r = 0; r < axis.Size; r++)
        {
            for (int s = 0; s < r; s++)
            {
                gram[(s * axis.Size) + r] = gram[(r * axis.Size) + s];
            }
        }

        return gram;
    }
}
