namespace Dlrm.Embeddings;

/// <summary>Cuts the ranks of a TT-matrix with the least error: orthogonalisation from the right, truncated SVDs from the left.</summary>
/// <remarks>
/// <code>
/// ‖X − X̂‖² ≤ Σ over bonds of the discarded σ²        σ of bond k: the singular values of the unfolding (cores 0..k) × (cores k+1..d)
/// an error ε ‖X‖ is spread evenly: ε ‖X‖ / √(d − 1) for each bond
/// </code>
/// <para>Source: Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 2011, algorithms 1 and 2.</para>
/// </remarks>
public static class TtmRounding
{
    /// <summary>Makes the cores 1..d−1 orthogonal from the right; the tensor stays what it is.</summary>
    /// <remarks>After it, the rows of every core but the first, (R[k]) × (I[k]·J[k]·R[k+1]), are orthonormal, and ‖X‖ is the norm of core 0.</remarks>
    /// <param name="tensor">The tensor.</param>
    public static void Orthogonalize(TtmTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        for (int k = tensor.Order - 1; k > 0; k--)
        {
            int rank = tensor.Ranks[k];
            double[] columns = DoubleMatrices.Transpose(tensor.Cores[k], tensor.Cores[k].Length / rank);
            double[] basis = DoubleMatrices.Orthonormalize(columns, rank, out int kept);
            double[] rows = DoubleMatrices.Transpose(basis, kept);

            // The part of every old row along each new one: core = P · rows.
            double[] p = DoubleMatrices.Multiply(tensor.Cores[k], tensor.Cores[k].Length / rank, basis, kept);
            tensor.Cores[k - 1] = DoubleMatrices.Multiply(tensor.Cores[k - 1], rank, p, kept);
            tensor.Cores[k] = rows;
            tensor.Ranks[k] = kept;
        }
    }

    /// <summary>Finds the singular values of every bond.</summary>
    /// <param name="tensor">The tensor, orthogonal from the right; it is not changed.</param>
    /// <returns>For each of d − 1 bonds, σ falling.</returns>
    public static double[][] Spectra(TtmTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        TtmTensor copy = tensor.Clone();
        double[][] spectra = new double[tensor.Order - 1][];
        Sweep(copy, (bond, values) =>
        {
            spectra[bond] = values;
            return values.Length;
        });
        return spectra;
    }

    /// <summary>Cuts the ranks to given ones.</summary>
    /// <param name="tensor">The tensor, orthogonal from the right; orthogonal from the left afterwards.</param>
    /// <param name="ranks">The rank of each of d − 1 bonds; a bond of a smaller rank keeps it.</param>
    /// <returns>The root of the sum of the discarded σ²: at least the error.</returns>
    public static double Truncate(TtmTensor tensor, IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(ranks);
        return Sweep(tensor, (bond, values) => Math.Min(ranks[bond], values.Length));
    }

    /// <summary>Cuts the ranks as far as an error allows.</summary>
    /// <param name="tensor">The tensor, orthogonal from the right; orthogonal from the left afterwards.</param>
    /// <param name="error">The error allowed, ‖X − X̂‖ in the numbers' unit.</param>
    /// <returns>The root of the sum of the discarded σ²: at least the error, and at most <paramref name="error"/>.</returns>
    public static double Truncate(TtmTensor tensor, double error)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        double left = error * error;
        int bonds = tensor.Order - 1;
        return Sweep(tensor, (bond, values) =>
        {
            // What earlier bonds did not use is shared by the later ones.
            double allowed = left / (bonds - bond);
            double discarded = 0;
            int rank = values.Length;
            while (rank > 1 && discarded + (values[rank - 1] * values[rank - 1]) <= allowed)
            {
                rank--;
                discarded += values[rank] * values[rank];
            }

            left -= discarded;
            return rank;
        });
    }

    /// <summary>Gets ‖X‖ of a tensor that is orthogonal from the right.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <returns>The Frobenius norm.</returns>
    public static double Norm(TtmTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(tensor.Cores[0]));
    }

    /// <summary>Walks the bonds from the left; each core becomes orthogonal and hands σ·Vᵀ to the next.</summary>
    private static double Sweep(TtmTensor tensor, Func<int, double[], int> chooseRank)
    {
        double discarded = 0;
        for (int k = 0; k < tensor.Order - 1; k++)
        {
            int rank = tensor.Ranks[k + 1];
            (double[] squares, double[] vectors) = DoubleMatrices.Eigen(DoubleMatrices.Gram(tensor.Cores[k], rank), rank);
            double[] values = [.. squares.Select(Math.Sqrt)];
            int present = Math.Max(1, values.Count(value => value > 1e-8 * values[0]));
            int kept = Math.Clamp(chooseRank(k, values), 1, present);
            for (int r = kept; r < rank; r++)
            {
                discarded += squares[r];
            }

            double[] left = new double[rank * kept];
            double[] right = new double[kept * rank];
            for (int r = 0; r < rank; r++)
            {
                for (int s = 0; s < kept; s++)
                {
                    double v = vectors[(r * rank) + s];
                    left[(r * kept) + s] = values[s] > 0 ? v / values[s] : 0;
                    right[(s * rank) + r] = v * values[s];
                }
            }

            int next = tensor.Cores[k + 1].Length / rank;
            tensor.Cores[k] = DoubleMatrices.Multiply(tensor.Cores[k], rank, left, kept);
            tensor.Cores[k + 1] = DoubleMatrices.Multiply(right, rank, tensor.Cores[k + 1], next);
            tensor.Ranks[k + 1] = kept;
        }

        return Math.Sqrt(discarded);
    }
}
