using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Finds the component of a CP tensor that the others can stand in for best, and lets them.</summary>
/// <remarks>
/// <para>CP has no canonical form: what one component should hold is often split between two that are almost collinear, or between large ones that cancel.
/// Each of them alone is then indispensable, though together they are one too many. So a component is judged by its distance to the span of the others,</para>
/// <code>H = ∘_k A[k]ᵀA[k]        distance²(b) = 1 / (H⁻¹)[b, b]</code>
/// <para>and, when it goes, the others take over its part of the tensor by alternating least squares, from where they are:</para>
/// <code>B[k] ← B[k] + (A[k]·(∘_{l≠k} A[l]ᵀB[l]) − B[k]·G) · (G + ε)⁻¹        G = ∘_{l≠k} B[l]ᵀB[l],  B = A without column b at the start</code>
/// <para>Cost: sweeps · d · (n·R² + R³) multiply-adds.</para>
/// </remarks>
internal static class CpReduction
{
    private const int Sweeps = 10;

    /// <summary>The part of the mean diagonal that is added to one, so that almost collinear components can be told apart no better than rounding allows.</summary>
    private const double Ridge = 1e-9;

    /// <summary>Reduces a tensor by one component.</summary>
    /// <param name="factors">A[k], (n[k], R) row-major; arrays may be longer.</param>
    /// <param name="modes">n.</param>
    /// <param name="count">R, at least 2.</param>
    /// <returns>The component and the factors without it; null when an entry is not finite.</returns>
    internal static ReducedFactors? Reduce(IReadOnlyList<float[]> factors, int[] modes, int count)
    {
        double[][] old = [.. modes.Select((mode, k) => Array.ConvertAll(factors[k][..(mode * count)], value => (double)value))];
        double[][] grams = [.. old.Select(factor => Product(factor, factor, count))];
        if (!grams.All(gram => gram.All(double.IsFinite)))
        {
            return null;
        }

        int component = MostReplaceable(Hadamard(grams, -1), count);
        double[][] reduced = [.. old.Select(factor => WithoutColumn(factor, count, component))];
        double[][] own = [.. reduced.Select(factor => Product(factor, factor, count))];
        double[][] cross = [.. reduced.Select((factor, k) => Product(old[k], factor, count))];
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (int k = 0; k < modes.Length; k++)
            {
                Update(old[k], reduced[k], Hadamard(cross, k), Hadamard(own, k), count, component);
                own[k] = Product(reduced[k], reduced[k], count);
                cross[k] = Product(old[k], reduced[k], count);
            }
        }

        return new ReducedFactors(component, [.. reduced.Select(factor => Array.ConvertAll(factor, value => (float)value))]);
    }

    /// <summary>Finds the component nearest to the span of the others.</summary>
    private static int MostReplaceable(double[] gram, int count)
    {
        double[] root = Cholesky(gram, count);
        int best = 0;
        double least = double.PositiveInfinity;
        double[] column = new double[count];
        for (int b = 0; b < count; b++)
        {
            Array.Clear(column);
            column[b] = 1;
            Solve(root, count, column);
            double distance = 1 / column[b];
            (best, least) = distance < least ? (b, distance) : (best, least);
        }

        return best;
    }

    /// <summary>Takes one least-squares step of one factor.</summary>
    private static void Update(double[] old, double[] factor, double[] cross, double[] own, int count, int component)
    {
        double[] root = Cholesky(own, count);
        double[] residual = new double[count];
        for (int i = 0; i < factor.Length; i += count)
        {
            for (int c = 0; c < count; c++)
            {
                residual[c] = 0;
            }

            for (int r = 0; r < count; r++)
            {
                SmallMatrices.AddScaled(old[i + r], cross.AsSpan(r * count, count), residual);
                SmallMatrices.AddScaled(-factor[i + r], own.AsSpan(r * count, count), residual);
            }

            Solve(root, count, residual);
            for (int c = 0; c < count; c++)
            {
                factor[i + c] += c == component ? 0 : residual[c];
            }
        }
    }

    private static double[] WithoutColumn(double[] factor, int count, int component)
    {
        double[] result = [.. factor];
        for (int i = component; i < result.Length; i += count)
        {
            result[i] = 0;
        }

        return result;
    }

    /// <summary>Computes aᵀb of two (n, R) matrices.</summary>
    private static double[] Product(double[] a, double[] b, int count)
    {
        double[] result = new double[count * count];
        for (int i = 0; i < a.Length; i += count)
        {
            for (int r = 0; r < count; r++)
            {
                SmallMatrices.AddScaled(a[i + r], b.AsSpan(i, count), result.AsSpan(r * count, count));
            }
        }

        return result;
    }

    /// <summary>Multiplies matrices entry by entry, one of them left out.</summary>
    private static double[] Hadamard(double[][] matrices, int without)
    {
        double[] result = new double[matrices[0].Length];
        Array.Fill(result, 1);
        for (int k = 0; k < matrices.Length; k++)
        {
            if (k != without)
            {
                System.Numerics.Tensors.TensorPrimitives.Multiply(result, matrices[k], result);
            }
        }

        return result;
    }

    /// <summary>Computes the lower triangular L with L·Lᵀ = matrix + ridge; the ridge also stands in for the empty column.</summary>
    private static double[] Cholesky(double[] matrix, int count)
    {
        double[] root = [.. matrix];
        double mean = 0;
        for (int i = 0; i < count; i++)
        {
            mean += matrix[i * (count + 1)] / count;
        }

        double ridge = Math.Max(Ridge * mean, double.Epsilon);
        for (int i = 0; i < count; i++)
        {
            root[i * (count + 1)] += ridge;
            for (int j = 0; j <= i; j++)
            {
                double sum = root[(i * count) + j] - SmallMatrices.Dot(root.AsSpan(i * count, j), root.AsSpan(j * count, j));
                root[(i * count) + j] = i == j ? Math.Sqrt(Math.Max(sum, ridge)) : sum / root[j * (count + 1)];
            }
        }

        return root;
    }

    /// <summary>Solves L·Lᵀ·x = right in place.</summary>
    private static void Solve(double[] root, int count, double[] right)
    {
        for (int i = 0; i < count; i++)
        {
            right[i] = (right[i] - SmallMatrices.Dot(root.AsSpan(i * count, i), right.AsSpan(0, i))) / root[i * (count + 1)];
        }

        for (int i = count - 1; i >= 0; i--)
        {
            right[i] /= root[i * (count + 1)];
            SmallMatrices.AddScaled(-right[i], root.AsSpan(i * count, i), right.AsSpan(0, i));
        }
    }
}
