namespace Dlrm.Embeddings;

/// <summary>Decomposes a tensor in Tucker form: the higher-order singular value decomposition, improved by orthogonal iteration.</summary>
/// <remarks>
/// <code>
/// HOSVD   U[k] = eigenvectors of the Gram matrix of unfolding k, G = X ×_k U[k]ᵀ: nothing is lost
/// ranks R   X̂ keeps G[0..R): ‖X − X̂‖² = ‖X‖² − ‖G[0..R)‖²
/// HOOI    for each k: U[k] ← the first R[k] left singular vectors of X ×_{l≠k} U[l]ᵀ, until the error falls no more
/// </code>
/// <para>Each HOOI step solves for one factor with the others as they are, so it never raises the error; it works on G, a rotation of X.</para>
/// <para>Source: De Lathauwer, De Moor, Vandewalle, "A multilinear singular value decomposition" and "On the best rank-1 and rank-(R1, …, RN) approximation of
/// higher-order tensors", SIAM J. Matrix Anal. Appl. 2000.</para>
/// </remarks>
public sealed class TuckerDecomposition
{
    private const int MostSweeps = 20;
    private const double LeastSaving = 1e-5;
    private readonly double[][] _bases;
    private readonly DenseTensor _core;

    private TuckerDecomposition(double[][] bases, DenseTensor core, double[][] spectra, double squares)
    {
        _bases = bases;
        _core = core;
        Spectra = spectra;
        Squares = squares;
    }

    /// <summary>Gets the singular values of every unfolding, falling.</summary>
    public IReadOnlyList<double[]> Spectra { get; }

    /// <summary>Gets ‖X‖².</summary>
    public double Squares { get; }

    /// <summary>Computes the HOSVD.</summary>
    /// <param name="tensor">X.</param>
    /// <returns>All factors and the whole core.</returns>
    public static TuckerDecomposition Of(DenseTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        double[][] bases = new double[tensor.Order][];
        double[][] spectra = new double[tensor.Order][];
        DenseTensor core = tensor;
        for (int k = 0; k < tensor.Order; k++)
        {
            int size = tensor.Modes[k];

            // A rotation of other modes leaves the Gram matrix of this one.
            (double[] squares, bases[k]) = DoubleMatrices.Eigen(core.Gram(k), size);
            spectra[k] = [.. squares.Select(Math.Sqrt)];
            core = core.Contract(k, bases[k], size);
        }

        return new TuckerDecomposition(bases, core, spectra, tensor.SumOfSquares());
    }

    /// <summary>Computes what is lost when the HOSVD is cut.</summary>
    /// <param name="ranks">R, each at most its mode.</param>
    /// <returns>‖X − X̂‖².</returns>
    public double SquaredErrorOf(IReadOnlyList<int> ranks)
    {
        CheckRanks(ranks);
        return Math.Max(Squares - Cut(ranks).SumOfSquares(), 0);
    }

    /// <summary>Cuts the HOSVD.</summary>
    /// <param name="ranks">R, each at most its mode.</param>
    /// <returns>The tensor.</returns>
    public TuckerTensor Truncate(IReadOnlyList<int> ranks)
    {
        CheckRanks(ranks);
        DenseTensor core = Cut(ranks);
        return new TuckerTensor(core, [.. _bases.Select((basis, k) => Columns(basis, _core.Modes[k], ranks[k]))], Math.Max(Squares - core.SumOfSquares(), 0));
    }

    /// <summary>Improves the cut HOSVD by orthogonal iteration.</summary>
    /// <param name="ranks">R, each at most its mode and at most the product of the others.</param>
    /// <param name="cancellation">Gives up between two steps.</param>
    /// <returns>The tensor; its error is at most that of <see cref="Truncate"/>.</returns>
    public TuckerTensor Improve(IReadOnlyList<int> ranks, CancellationToken cancellation = default)
    {
        CheckRanks(ranks);
        int order = _core.Order;
        double[][] factors = [.. Enumerable.Range(0, order).Select(k => Columns(Identity(_core.Modes[k]), _core.Modes[k], ranks[k]))];
        DenseTensor core = Cut(ranks);
        double kept = core.SumOfSquares();
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            double before = kept;
            for (int k = 0; k < order; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (ranks[k] == _core.Modes[k])
                {
                    continue;
                }

                DenseTensor projected = Project(factors, ranks, k);
                (_, double[] vectors) = DoubleMatrices.Eigen(projected.Gram(k), _core.Modes[k]);
                factors[k] = Columns(vectors, _core.Modes[k], ranks[k]);
                core = projected.Contract(k, factors[k], ranks[k]);
            }

            kept = core.SumOfSquares();
            if (kept - before <= LeastSaving * Math.Max(Squares - kept, 0))
            {
                break;
            }
        }

        return new TuckerTensor(
            core, [.. factors.Select((factor, k) => DoubleMatrices.Multiply(_bases[k], _core.Modes[k], factor, ranks[k]))], Math.Max(Squares - kept, 0));
    }

    /// <summary>Computes X ×_{l≠k} U[l]ᵀ, the mode that shrinks most first.</summary>
    private DenseTensor Project(double[][] factors, IReadOnlyList<int> ranks, int without)
    {
        DenseTensor projected = _core;
        foreach (int mode in Enumerable.Range(0, _core.Order).Where(l => l != without).OrderBy(l => (double)ranks[l] / _core.Modes[l]))
        {
            projected = projected.Contract(mode, factors[mode], ranks[mode]);
        }

        return projected;
    }

    private DenseTensor Cut(IReadOnlyList<int> ranks)
    {
        double[] values = _core.Values;
        int[] modes = [.. _core.Modes];
        for (int k = 0; k < modes.Length; k++)
        {
            (int outer, int size, int inner) = new DenseTensor(modes, values).Around(k);
            double[] cut = new double[(long)outer * ranks[k] * inner];
            for (int o = 0; o < outer; o++)
            {
                values.AsSpan(o * size * inner, ranks[k] * inner).CopyTo(cut.AsSpan(o * ranks[k] * inner));
            }

            (values, modes[k]) = (cut, ranks[k]);
        }

        return new DenseTensor(modes, values);
    }

    private void CheckRanks(IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        if (ranks.Count != _core.Order || ranks.Where((size, k) => size < 1 || size > _core.Modes[k]).Any())
        {
            throw new ArgumentException($"Ranks [{string.Join(", ", ranks)}] don't fit modes [{string.Join(", ", _core.Modes)}].", nameof(ranks));
        }
    }

    private static double[] Columns(double[] matrix, int columns, int first)
    {
        double[] result = new double[matrix.Length / columns * first];
        for (int i = 0; i < matrix.Length / columns; i++)
        {
            matrix.AsSpan(i * columns, first).CopyTo(result.AsSpan(i * first));
        }

        return result;
    }

    private static double[] Identity(int size)
    {
        double[] identity = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            identity[(i * size) + i] = 1;
        }

        return identity;
    }
}
