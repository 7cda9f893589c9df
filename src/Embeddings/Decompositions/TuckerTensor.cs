namespace Dlrm.Embeddings;

/// <summary>A tensor as a core and one matrix with orthonormal columns for every mode, in double.</summary>
/// <remarks><code>x[n0, n1, …] = Σ_r core[r0, r1, …] · Π_k factor[k][n_k, r_k]</code></remarks>
/// <param name="Core">The core; its modes are the ranks.</param>
/// <param name="Factors">(n[k], R[k]) row-major.</param>
/// <param name="SquaredError">‖X − X̂‖² of the tensor that was decomposed.</param>
public sealed record TuckerTensor(DenseTensor Core, IReadOnlyList<double[]> Factors, double SquaredError)
{
    /// <summary>Gets R.</summary>
    public IReadOnlyList<int> Ranks => Core.Modes;

    /// <summary>Multiplies everything out.</summary>
    /// <returns>The tensor.</returns>
    public DenseTensor Rebuild()
    {
        DenseTensor tensor = Core;
        for (int k = 0; k < Factors.Count; k++)
        {
            tensor = tensor.Contract(k, DoubleMatrices.Transpose(Factors[k], Ranks[k]), Factors[k].Length / Ranks[k]);
        }

        return tensor;
    }
}
