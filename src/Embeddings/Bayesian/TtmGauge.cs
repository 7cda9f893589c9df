using Dlrm.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Dlrm.Embeddings;

/// <summary>Computes the balanced canonical form of a TT-matrix: why λ can see ranks.</summary>
/// <remarks>
/// <para>A bond can be rotated and rescaled freely without changing the tensor. Cut at a bond, the tensor is L·Rᵀ with left interfaces L and right
/// interfaces R. With their Gram matrices LᵀL = PᵀP and RᵀR = QQᵀ and the SVD P·Q = U S Vᵀ, the map</para>
/// <code>T = Q V S^(−1/2)      T⁻¹ = S^(−1/2) Uᵀ P</code>
/// <para>makes both sides orthogonal with squared column norms S: energy is on the diagonal and ordered. T·T⁻¹ = 1 holds for whatever square P and Q,
/// so that errors of the Gram matrices move the gauge, never the tensor. Gram matrices are R × R and are built by one pass over the cores, in double.</para>
/// <para>Components with s &lt; 1e-7·s₀ are dropped.</para>
/// <para>Source: Luttinen and Ilin, "Transformations in variational Bayesian factor analysis to speed up learning", Neurocomputing 2010, for the idea;
/// Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 2011, for canonical forms.</para>
/// </remarks>
internal static class TtmGauge
{
    private const double Threshold = 1e-7;

    /// <summary>Computes the map of every inner bond from the present cores: balanced canonical form, then scales.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="cores">d cores in slab storage.</param>
    /// <returns>d − 1 maps; null when the tensor is zero.</returns>
    internal static BondMap[]? Maps(TtmShape shape, float[][] cores) =>
        CanonicalMaps(shape, cores) is BondMap[] maps ? GaugeScales.Scale(shape, cores, maps) : null;

    private static BondMap[]? CanonicalMaps(TtmShape shape, float[][] cores)
    {
        int order = shape.Order;
        Matrix<double>[] left = new Matrix<double>[order + 1];
        Matrix<double>[] right = new Matrix<double>[order + 1];
        left[0] = Matrix<double>.Build.Dense(1, 1, 1);
        right[order] = Matrix<double>.Build.Dense(1, 1, 1);
        for (int k = 0; k < order - 1; k++)
        {
            left[k + 1] = LeftGram(shape, k, cores[k], left[k]);
        }

        for (int k = order - 1; k > 0; k--)
        {
            right[k] = RightGram(shape, k, cores[k], right[k + 1]);
        }

        BondMap[] maps = new BondMap[order - 1];
        for (int bond = 0; bond < order - 1; bond++)
        {
            if (Map(left[bond + 1], right[bond + 1]) is not BondMap map)
            {
                return null;
            }

            maps[bond] = map;
        }

        return maps;
    }

    /// <summary>Applies maps to a core: G′[i] = A · G[i] · B for each slab, A (R[k]′, R[k]) and B (R[k+1], R[k+1]′).</summary>
    /// <param name="shape">The shape before.</param>
    /// <param name="k">The core.</param>
    /// <param name="core">Its entries, slab by slab.</param>
    /// <param name="a">A, row-major.</param>
    /// <param name="newLeft">R[k]′.</param>
    /// <param name="b">B, row-major.</param>
    /// <param name="newRight">R[k+1]′.</param>
    /// <returns>The entries of the new core.</returns>
    internal static float[] Apply(TtmShape shape, int k, float[] core, double[] a, int newLeft, double[] b, int newRight)
    {
        int left = shape.Ranks[k];
        int right = shape.Ranks[k + 1];
        int rows = shape.RowModes[k] * left * shape.ColumnModes[k];
        double[] half = new double[(long)rows * newRight];
        for (int row = 0; row < rows; row++)
        {
            for (int r = 0; r < right; r++)
            {
                double value = core[(row * right) + r];
                for (int s = 0; s < newRight; s++)
                {
                    half[(row * newRight) + s] += value * b[(r * newRight) + s];
                }
            }
        }

        if (left == 1 && newLeft == 1)
        {
            double scale = a[0];
            return Array.ConvertAll(half, value => (float)(scale * value));
        }

        int width = shape.ColumnModes[k] * newRight;
        float[] result = new float[(long)shape.RowModes[k] * newLeft * width];
        double[] sum = new double[width];
        for (int i = 0; i < shape.RowModes[k]; i++)
        {
            for (int row = 0; row < newLeft; row++)
            {
                Array.Clear(sum);
                for (int r = 0; r < left; r++)
                {
                    double factor = a[(row * left) + r];
                    int start = ((i * left) + r) * width;
                    for (int c = 0; c < sum.Length; c++)
                    {
                        sum[c] += factor * half[start + c];
                    }
                }

                int target = ((i * newLeft) + row) * width;
                for (int c = 0; c < sum.Length; c++)
                {
                    result[target + c] = (float)sum[c];
                }
            }
        }

        return result;
    }

    /// <summary>Sums Σ over (i, j) of G[:, i, j, :]ᵀ · left · G[:, i, j, :].</summary>
    private static Matrix<double> LeftGram(TtmShape shape, int k, float[] core, Matrix<double> left)
    {
        int rows = shape.Ranks[k];
        int columns = shape.ColumnModes[k];
        int right = shape.Ranks[k + 1];
        double[] gram = new double[right * right];
        double[] product = new double[columns * right];
        for (int i = 0; i < shape.RowModes[k]; i++)
        {
            ReadOnlySpan<float> slab = core.AsSpan(i * rows * columns * right, rows * columns * right);
            for (int a = 0; a < rows; a++)
            {
                for (int s = 0; s < product.Length; s++)
                {
                    product[s] = left[a, 0] * slab[s];
                }

                for (int c = 1; c < rows; c++)
                {
                    double factor = left[a, c];
                    for (int s = 0; s < product.Length; s++)
                    {
                        product[s] += factor * slab[(c * product.Length) + s];
                    }
                }

                for (int j = 0; j < columns; j++)
                {
                    for (int r = 0; r < right; r++)
                    {
                        double value = slab[(((a * columns) + j) * right) + r];
                        for (int s = 0; s < right; s++)
                        {
                            gram[(r * right) + s] += value * product[(j * right) + s];
                        }
                    }
                }
            }
        }

        return Matrix<double>.Build.Dense(right, right, gram);
    }

    /// <summary>Sums Σ over (i, j) of G[:, i, j, :] · right · G[:, i, j, :]ᵀ.</summary>
    private static Matrix<double> RightGram(TtmShape shape, int k, float[] core, Matrix<double> right)
    {
        int rows = shape.Ranks[k];
        int columns = shape.ColumnModes[k];
        int inner = shape.Ranks[k + 1];
        double[] gram = new double[rows * rows];
        double[] product = new double[columns * inner];
        for (int i = 0; i < shape.RowModes[k]; i++)
        {
            ReadOnlySpan<float> slab = core.AsSpan(i * rows * columns * inner, rows * columns * inner);
            for (int a = 0; a < rows; a++)
            {
                ReadOnlySpan<float> row = slab.Slice(a * product.Length, product.Length);
                for (int j = 0; j < columns; j++)
                {
                    for (int s = 0; s < inner; s++)
                    {
                        double sum = 0;
                        for (int r = 0; r < inner; r++)
                        {
                            sum += row[(j * inner) + r] * right[r, s];
                        }

                        product[(j * inner) + s] = sum;
                    }
                }

                for (int c = 0; c < rows; c++)
                {
                    double sum = 0;
                    for (int s = 0; s < product.Length; s++)
                    {
                        sum += product[s] * slab[(c * product.Length) + s];
                    }

                    gram[(a * rows) + c] += sum;
                }
            }
        }

        return Matrix<double>.Build.Dense(rows, rows, gram);
    }

    private static BondMap? Map(Matrix<double> left, Matrix<double> right)
    {
        Matrix<double>? p = Root(left);
        Matrix<double>? q = Root(right)?.Transpose();
        if (p is null || q is null)
        {
            return null;
        }

        Svd<double> svd = (p * q).Svd();
        double[] singularValues = [.. svd.S.Where(value => value > Threshold * svd.S[0])];
        if (singularValues.Length == 0)
        {
            return null;
        }

        int old = left.RowCount;
        int kept = singularValues.Length;
        Matrix<double> scale = Matrix<double>.Build.DenseOfDiagonalArray(Array.ConvertAll(singularValues, value => 1 / Math.Sqrt(value)));
        Matrix<double> toRight = q * svd.VT.SubMatrix(0, kept, 0, svd.VT.ColumnCount).Transpose() * scale;
        Matrix<double> toLeft = scale * svd.U.SubMatrix(0, svd.U.RowCount, 0, kept).Transpose() * p;
        return new BondMap(old, kept, toRight.ToRowMajorArray(), toLeft.ToRowMajorArray(), singularValues);
    }

    /// <summary>Computes P with PᵀP = gram, from the eigenvalues above rounding; null for a zero or non-finite matrix.</summary>
    private static Matrix<double>? Root(Matrix<double> gram)
    {
        if (!double.IsFinite(gram.L1Norm()))
        {
            return null;
        }

        Evd<double> evd = gram.Evd(Symmetricity.Symmetric);
        double largest = evd.EigenValues.Max(value => value.Real);
        int[] kept = [.. Enumerable.Range(0, gram.RowCount).Where(i => evd.EigenValues[i].Real > 1e-16 * largest)];
        return largest <= 0 || kept.Length == 0
            ? null
            : Matrix<double>.Build.DenseOfRowVectors(kept.Select(i => evd.EigenVectors.Column(i) * Math.Sqrt(evd.EigenValues[i].Real)));
    }
}
