using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace Dlrm.Embeddings;

/// <summary>Decomposes a tensor in canonical polyadic form by alternating least squares, from small ranks to larger ones.</summary>
/// <remarks>
/// <code>
/// A[k] ← A[k] + (M[k] − A[k]·H)·(H + ε)⁻¹        M[k] = X_(k) · ⊙_{l≠k} A[l],   H = ∘_{l≠k} A[l]ᵀA[l]
/// </code>
/// <para>A step minimises ‖X − X̂‖² + ε‖change of A[k]‖²: it never raises the error, however collinear the components are.</para>
/// <para>The first rank starts from the singular vectors of the unfoldings. Each larger one starts from the tensor before it, with further singular vectors (beyond the
/// size of a mode: Gaussian ones) as new components whose first factor is zero, so the error never rises with the rank either.</para>
/// <para>The modes are cut in two halves; M of all modes of a half needs one product with the whole tensor: 2 a sweep.
/// Cost of a sweep: 4·R·Π n multiply-adds.</para>
/// <para>Source: Kolda and Bader, "Tensor Decompositions and Applications", SIAM Review 2009, section 3.4; the two products: Phan, Tichavský, Cichocki,
/// "Fast alternating LS algorithms for high order CANDECOMP/PARAFAC tensor factorizations", IEEE Trans. Signal Processing 2013.</para>
/// </remarks>
public sealed class CpAls
{
    /// <summary>ε, relative to the mean of H's diagonal.</summary>
    private const double Ridge = 1e-9;

    private readonly DenseTensor _tensor;
    private readonly double[] _transposed;
    private readonly double[][] _bases;
    private readonly CpAlsOptions _options;
    private readonly double _squares;
    private readonly int _half;
    private readonly int _rightSize;

    private CpAls(DenseTensor tensor, CpAlsOptions options)
    {
        _tensor = tensor;
        _options = options;
        _squares = tensor.SumOfSquares();
        _half = Halve(tensor.Modes);
        _rightSize = tensor.Modes.Skip(_half).Aggregate(1, static (product, mode) => product * mode);
        _transposed = DoubleMatrices.Transpose(tensor.Values, _rightSize);
        _bases = [.. Enumerable.Range(0, tensor.Order).Select(k => DoubleMatrices.Eigen(tensor.Gram(k), tensor.Modes[k]).Vectors)];
    }

    /// <summary>Decomposes a tensor at several ranks.</summary>
    /// <param name="tensor">X, of order 2 at least.</param>
    /// <param name="ranks">R of each decomposition, rising.</param>
    /// <param name="options">When sweeps end.</param>
    /// <param name="progress">Receives the share of the ranks done, or null.</param>
    /// <param name="cancellation">Gives up between two sweeps.</param>
    /// <returns>One decomposition for each rank.</returns>
    /// <exception cref="ArgumentException">The order is below 2, or ranks do not rise from 1.</exception>
    public static IReadOnlyList<CpTensor> Decompose(
        DenseTensor tensor, IReadOnlyList<int> ranks, CpAlsOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(options);
        if (tensor.Order < 2 || ranks.Where((rank, p) => rank <= (p == 0 ? 0 : ranks[p - 1])).Any())
        {
            throw new ArgumentException($"The order is {tensor.Order} and the ranks are [{string.Join(", ", ranks)}]; it must be at least 2, and they must rise.", nameof(ranks));
        }

        CpAls als = new(tensor, options);
        List<CpTensor> found = [];
        double[][] factors = [.. tensor.Modes.Select(static _ => Array.Empty<double>())];
        int count = 0;
        for (int p = 0; p < ranks.Count; p++)
        {
            factors = als.Grow(factors, count, ranks[p]);
            count = ranks[p];
            found.Add(als.Fit(factors, count, cancellation));
            progress?.Report((p + 1.0) / ranks.Count);
        }

        return found;
    }

    /// <summary>Computes the row-wise products of factors: row (n0, n1, …) is A[0][n0, ·] ∘ A[1][n1, ·] ∘ …</summary>
    /// <param name="factors">(n[k], R).</param>
    /// <param name="count">R.</param>
    /// <returns>(Π n, R); one row of ones for no factors.</returns>
    internal static double[] KhatriRao(IEnumerable<double[]> factors, int count)
    {
        double[] product = new double[count];
        Array.Fill(product, 1);
        foreach (double[] factor in factors)
        {
            double[] next = new double[(long)product.Length * (factor.Length / count)];
            int target = 0;
            for (int row = 0; row < product.Length; row += count)
            {
                for (int n = 0; n < factor.Length; n += count, target += count)
                {
                    TensorPrimitives.Multiply(product.AsSpan(row, count), factor.AsSpan(n, count), next.AsSpan(target, count));
                }
            }

            product = next;
        }

        return product;
    }

    private CpTensor Fit(double[][] factors, int count, CancellationToken cancellation)
    {
        double[][] grams = [.. factors.Select(factor => DoubleMatrices.Gram(factor, count))];
        List<double> errors = [];
        for (int sweep = 0; sweep < _options.MostSweeps; sweep++)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] left = DoubleMatrices.Multiply(_tensor.Values, _rightSize, KhatriRao(factors[_half..], count), count);
            UpdateHalf(left, factors, grams, 0, _half, count);
            double[] right = DoubleMatrices.Multiply(_transposed, _tensor.Values.Length / _rightSize, KhatriRao(factors[.._half], count), count);
            double fit = UpdateHalf(right, factors, grams, _half, factors.Length, count);
            double error = Math.Max(_squares - (2 * fit) + Sum(Hadamard(grams, -1)), 0);
            bool isSettled = errors.Count > 0 && errors[^1] - error <= (_options.LeastSaving * error) + (1e-12 * _squares);
            errors.Add(error);
            Balance(factors, count);
            grams = [.. factors.Select(factor => DoubleMatrices.Gram(factor, count))];
            if (isSettled)
            {
                break;
            }
        }

        return new CpTensor([.. factors.Select(static factor => (double[])factor.Clone())], count, errors[^1], errors);
    }

    /// <summary>Solves for the factors of one half, one after another.</summary>
    /// <returns>⟨X, X̂⟩ afterwards.</returns>
    private static double UpdateHalf(double[] products, double[][] factors, double[][] grams, int first, int end, int count)
    {
        double fit = 0;
        for (int k = first; k < end; k++)
        {
            double[] outer = KhatriRao(factors[first..k], count);
            double[] inner = KhatriRao(factors[(k + 1)..end], count);
            double[] m = Contract(products, outer, factors[k].Length / count, inner, count);
            Solve(factors[k], m, Hadamard(grams, k), count);
            grams[k] = DoubleMatrices.Gram(factors[k], count);
            fit = TensorPrimitives.Dot<double>(m, factors[k]);
        }

        return fit;
    }

    /// <summary>Computes M[n, r] = Σ over o, i of outer[o, r]·products[(o, n, i), r]·inner[i, r].</summary>
    private static double[] Contract(double[] products, double[] outer, int size, double[] inner, int count)
    {
        double[] m = new double[size * count];
        double[] sum = new double[count];
        int place = 0;
        for (int o = 0; o < outer.Length; o += count)
        {
            for (int n = 0; n < m.Length; n += count)
            {
                Array.Clear(sum);
                for (int i = 0; i < inner.Length; i += count, place += count)
                {
                    TensorPrimitives.MultiplyAdd(products.AsSpan(place, count), inner.AsSpan(i, count), sum, sum);
                }

                Span<double> target = m.AsSpan(n, count);
                TensorPrimitives.MultiplyAdd(sum, outer.AsSpan(o, count), target, target);
            }
        }

        return m;
    }

    private static void Solve(double[] factor, double[] m, double[] h, int count)
    {
        double[] residual = DoubleMatrices.Multiply(factor, count, h, count);
        TensorPrimitives.Subtract(m, residual, residual);
        double mean = 0;
        for (int r = 0; r < count; r++)
        {
            mean += h[r * (count + 1)] / count;
        }

        Matrix<double> regular = Matrix<double>.Build.Dense(count, count, [.. h]);
        for (int r = 0; r < count; r++)
        {
            regular[r, r] += Math.Max(Ridge * mean, double.Epsilon);
        }

        if (mean > 0)
        {
            // A row of the residual is a column to MathNet, whose matrices are column by column.
            Matrix<double> change = regular.Cholesky().Solve(Matrix<double>.Build.Dense(count, factor.Length / count, residual));
            TensorPrimitives.Add(factor, change.AsColumnMajorArray(), factor);
        }
    }

    /// <summary>Gives each component the same root mean square in every factor; the product stays.</summary>
    private static void Balance(double[][] factors, int count)
    {
        double[][] sizes = [.. factors.Select(factor => Sizes(factor, count))];
        for (int r = 0; r < count; r++)
        {
            double mean = Math.Exp(sizes.Average(size => Math.Log(Math.Max(size[r], double.Epsilon))));
            if (sizes.All(size => size[r] > 0))
            {
                for (int k = 0; k < factors.Length; k++)
                {
                    for (int i = r; i < factors[k].Length; i += count)
                    {
                        factors[k][i] *= mean / sizes[k][r];
                    }
                }
            }
        }
    }

    private static double[] Sizes(double[] factor, int count)
    {
        double[] sums = new double[count];
        for (int i = 0; i < factor.Length; i += count)
        {
            ReadOnlySpan<double> row = factor.AsSpan(i, count);
            TensorPrimitives.MultiplyAdd(row, row, sums, sums);
        }

        return Array.ConvertAll(sums, sum => Math.Sqrt(sum * count / factor.Length));
    }

    private double[][] Grow(double[][] factors, int old, int count)
    {
        Random gaussian = new(_options.Seed);
        return [.. factors.Select((factor, k) => Grow(factor, old, count, k, gaussian))];
    }

    private double[] Grow(double[] factor, int old, int count, int mode, Random random)
    {
        int size = _tensor.Modes[mode];
        double[] grown = new double[size * count];
        for (int n = 0; n < size; n++)
        {
            for (int r = 0; r < count; r++)
            {
                grown[(n * count) + r] = r < old ? factor[(n * old) + r] : mode == 0 && old > 0 ? 0 : r < size ? _bases[mode][(n * size) + r] : Gaussian(random) / Math.Sqrt(size);
            }
        }

        return grown;
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double[] Hadamard(double[][] grams, int without)
    {
        double[] product = new double[grams[0].Length];
        Array.Fill(product, 1);
        for (int k = 0; k < grams.Length; k++)
        {
            if (k != without)
            {
                TensorPrimitives.Multiply(product, grams[k], product);
            }
        }

        return product;
    }

    private static double Sum(double[] values) => TensorPrimitives.Sum<double>(values);

    /// <summary>Finds where to cut the modes so that both halves have about as many indices.</summary>
    private static int Halve(IReadOnlyList<int> modes) => Enumerable.Range(1, modes.Count - 1)
        .MinBy(cut => modes.Take(cut).Aggregate(1.0, static (product, mode) => product * mode) + modes.Skip(cut).Aggregate(1.0, static (product, mode) => product * mode));
}
