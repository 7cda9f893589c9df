namespace Dlrm.Embeddings;

/// <summary>A tensor as a sum of products of vectors, in double.</summary>
/// <remarks><code>x[n0, n1, …] = Σ_r Π_k factor[k][n_k, r]</code></remarks>
/// <param name="Factors">(n[k], R) row-major.</param>
/// <param name="CpRank">R.</param>
/// <param name="SquaredError">‖X − X̂‖² of the tensor that was decomposed.</param>
/// <param name="Errors">The same after every sweep that led here.</param>
public sealed record CpTensor(IReadOnlyList<double[]> Factors, int CpRank, double SquaredError, IReadOnlyList<double> Errors)
{
    /// <summary>Computes what a small change of one factor changes of the tensor.</summary>
    /// <param name="mode">The factor's mode k.</param>
    /// <param name="change">ΔA[k], (n[k], R) row-major.</param>
    /// <returns>trace(ΔA[k]·H·ΔA[k]ᵀ), H = ∘_{l≠k} A[l]ᵀA[l].</returns>
    public double Energy(int mode, ReadOnlySpan<float> change)
    {
        double[] wide = new double[change.Length];
        SmallMatrices.Widen(change, wide);
        double[] gram = DoubleMatrices.Gram(wide, CpRank);
        for (int k = 0; k < Factors.Count; k++)
        {
            if (k != mode)
            {
                System.Numerics.Tensors.TensorPrimitives.Multiply(gram, DoubleMatrices.Gram(Factors[k], CpRank), gram);
            }
        }

        return System.Numerics.Tensors.TensorPrimitives.Sum<double>(gram);
    }

    /// <summary>Multiplies everything out.</summary>
    /// <returns>The tensor.</returns>
    public DenseTensor Rebuild()
    {
        double[] rows = CpAls.KhatriRao(Factors, CpRank);
        double[] ones = new double[CpRank];
        Array.Fill(ones, 1);
        return new DenseTensor([.. Factors.Select(factor => factor.Length / CpRank)], DoubleMatrices.Multiply(rows, CpRank, ones, 1));
    }
}
