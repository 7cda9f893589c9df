using Dlrm.Numerics;

namespace Dlrm.Embeddings.Tests.Formats;

/// <summary>A format that the library doesn't know, W = U·Vᵀ: all that a new format has to say of itself.</summary>
/// <remarks><code>
/// W[i, j] = Σ_r U[i, r] · V[j, r]        U (I, R), V (J, R)        both N(0, λ[r])
/// gauge   UᵀU = L·Lᵀ,  Lᵀ·VᵀV·L = W S² Wᵀ,  T = L⁻ᵀ W S^½:   U·T and V·T⁻ᵀ have orthogonal columns of squared norm S
/// </code></remarks>
internal sealed class ProductFormat(int rows, int columns, int size) : LowRankFormat
{
    public override string Name => "product";

    public override long Rows => rows;

    public override int Columns => columns;

    public override IReadOnlyList<int> RowModes => [rows];

    public override IReadOnlyList<int> ColumnModes => [columns];

    public override IReadOnlyList<int> Ranks { get; } = [size];

    public override IReadOnlyList<FactorShape> Factors { get; } =
    [
        new("u", [rows, size], [new FactorAxis(0, new RankAxis(rows, size, 1))], 0),
        new("v", [columns, size], [new FactorAxis(0, new RankAxis(columns, size, 1))], 0),
    ];

    public override long RowMultiplyAdds => (long)columns * size;

    public override double FactorDeviation(double entryDeviation) => Math.Sqrt(entryDeviation / Math.Sqrt(size));

    public override LowRankFormat WithRanks(IReadOnlyList<int> ranks) => new ProductFormat(rows, columns, ranks[0]);

    public override IRowEvaluator CreateRowEvaluator(IDevice device) => new Evaluator();

    public override GaugeMove? MoveGauge(IReadOnlyList<float[]> means)
    {
        double[,] l = Cholesky(Gram(means[0], rows));
        double[,] b = Gram(means[1], columns);
        double[,] m = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                for (int p = i; p < size; p++)
                {
                    for (int q = j; q < size; q++)
                    {
                        m[i, j] += l[p, i] * b[p, q] * l[q, j];
                    }
                }
            }
        }

        double[,] w = Eigenvectors(m);
        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(r => m[r, r])];
        double[] forward = new double[size * size];
        double[] dual = new double[size * size];
        for (int c = 0; c < size; c++)
        {
            // Column c of T solves Lᵀ·t = w·√s; row c of T⁻¹ is wᵀ·Lᵀ/√s; equal energy per entry scales both.
            double scale = Math.Sqrt(Math.Sqrt(m[order[c], order[c]]) * Math.Sqrt((double)rows / columns));
            for (int r = size - 1; r >= 0; r--)
            {
                double sum = w[r, order[c]] * scale;
                for (int p = r + 1; p < size; p++)
                {
                    sum -= l[p, r] * forward[(c * size) + p];
                }

                forward[(c * size) + r] = sum / l[r, r];
                for (int p = 0; p <= r; p++)
                {
                    dual[(c * size) + r] += l[r, p] * w[p, order[c]] / scale;
                }
            }
        }

        AxisMap[] maps = [new(size, size, forward, dual), new(size, size, dual, forward)];
        float[][] moved = [new float[rows * size], new float[columns * size]];
        for (int k = 0; k < 2; k++)
        {
            ModeProducts.Apply(means[k].AsSpan(0, moved[k].Length), [Factors[k].Axes[0].Axis], [maps[k].Forward], [size], moved[k]);
        }

        return new GaugeMove([size], [[maps[0]], [maps[1]]], moved);
    }

    private double[,] Gram(float[] factor, int count)
    {
        double[,] gram = new double[size, size];
        for (int i = 0; i < count * size * size; i++)
        {
            (int row, int r, int s) = (i / (size * size), i / size % size, i % size);
            gram[r, s] += (double)factor[(row * size) + r] * factor[(row * size) + s];
        }

        return gram;
    }

    private double[,] Cholesky(double[,] gram)
    {
        double[,] l = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = gram[i, j] - Enumerable.Range(0, j).Sum(p => l[i, p] * l[j, p]);
                l[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12 * gram[i, i])) : sum / l[j, j];
            }
        }

        return l;
    }

    /// <summary>Makes a symmetric matrix diagonal by Jacobi rotations; returns the eigenvectors in columns.</summary>
    private double[,] Eigenvectors(double[,] m)
    {
        double[,] w = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            w[i, i] = 1;
        }

        for (int rotation = 0; rotation < 20 * size * size; rotation++)
        {
            (int p, int q) = (rotation / size % size, rotation % size);
            if (p >= q || m[p, q] == 0)
            {
                continue;
            }

            double angle = 0.5 * Math.Atan2(2 * m[p, q], m[q, q] - m[p, p]);
            (double sine, double cosine) = Math.SinCos(angle);
            for (int i = 0; i < size; i++)
            {
                (m[i, p], m[i, q]) = ((cosine * m[i, p]) - (sine * m[i, q]), (sine * m[i, p]) + (cosine * m[i, q]));
                (w[i, p], w[i, q]) = ((cosine * w[i, p]) - (sine * w[i, q]), (sine * w[i, p]) + (cosine * w[i, q]));
            }

            for (int i = 0; i < size; i++)
            {
                (m[p, i], m[q, i]) = ((cosine * m[p, i]) - (sine * m[q, i]), (sine * m[p, i]) + (cosine * m[q, i]));
            }
        }

        return w;
    }

    private sealed class Evaluator : IRowEvaluator
    {
        public void Rows(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rows)
        {
            (float[] u, float[] v, long[] ids, int size) = (factors[0].ToArray(), factors[1].ToArray(), groups.UniqueRows.ToArray(), format.Ranks[0]);
            float[] result = new float[groups.UniqueCount * format.Columns];
            for (int i = 0; i < result.Length * size; i++)
            {
                (int row, int j, int r) = (i / size / format.Columns, i / size % format.Columns, i % size);
                result[i / size] += u[(ids[row] * size) + r] * v[(j * size) + r];
            }

            rows.Buffer.CopyFrom(result);
        }

        public void RowGradients(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
        {
            (float[] u, float[] v, long[] ids, int size) = (factors[0].ToArray(), factors[1].ToArray(), groups.UniqueRows.ToArray(), format.Ranks[0]);
            (float[] gradients, float[] uGradient, float[] vGradient) = (rowGradients.Buffer.ToArray(), factorGradients[0].ToArray(), factorGradients[1].ToArray());
            for (int i = 0; i < groups.UniqueCount * format.Columns * size; i++)
            {
                (int row, int j, int r) = (i / size / format.Columns, i / size % format.Columns, i % size);
                uGradient[(ids[row] * size) + r] += gradients[i / size] * v[(j * size) + r];
                vGradient[(j * size) + r] += gradients[i / size] * u[(ids[row] * size) + r];
            }

            factorGradients[0].CopyFrom(uGradient);
            factorGradients[1].CopyFrom(vGradient);
        }

        public void Dispose()
        {
        }
    }
}
