using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Onnx;

/// <summary>Evaluates rows of low-rank tensors with the operators of ONNX.</summary>
/// <remarks>
/// <code>
/// chains    left (n, J[0]·…·J[k−1], R[k]) × Gather(core k, digit k) (n, R[k], J[k]·R[k+1]), reshaped; cores without a row mode are constants
/// CP        Π Gather(A[k], digit k) (n, R) × C (R, D)          C: the product of the column factors, made here
/// Tucker    Gather(A[0], i_0) × G, then Gather(A[k], i_k) × what is left, × C
/// </code>
/// <para>A batch holds the gathered slabs: n · R[k]·J[k]·R[k+1] numbers for each core.</para>
/// </remarks>
/// <param name="graph">The graph.</param>
/// <param name="weights">Adds the factors.</param>
internal sealed class OnnxLowRank(OnnxGraph graph, OnnxWeights weights)
{
    /// <summary>Evaluates rows.</summary>
    /// <param name="tensor">The tensor; not zero.</param>
    /// <param name="ids">The row numbers, int64 (n).</param>
    /// <param name="type">How the compact model stores the factors.</param>
    /// <returns>The rows, (n, D).</returns>
    /// <exception cref="NotSupportedException">The format is not known here.</exception>
    internal string Rows(BayesianTensor tensor, string ids, StorageType type)
    {
        LowRankFormat format = tensor.Format;
        string[] digits = Digits(ids, format.RowModes);
        return format switch
        {
            TtmFormat chain => Chain(tensor, type, digits, chain.Shape.RowModes.ToArray(), chain.Shape.ColumnModes.ToArray(), chain.Shape.Ranks.ToArray()),
            RingFormat ring => Chain(tensor, type, digits, ring.Shape.RowModes.ToArray(), ring.Shape.ColumnModes.ToArray(), ring.Shape.Ranks.ToArray()),
            CpFormat => Cp(tensor, type, digits),
            TuckerFormat => Tucker(tensor, type, digits),
            _ => throw new NotSupportedException($"'{tensor.Name}' is a tensor of format '{format.Name}', for which no ONNX operators are known: write dense matrices with 'dlrm expand'."),
        };
    }

    /// <summary>Splits row numbers; the first digit is not reduced, so that a number too large fails where it is looked up.</summary>
    private string[] Digits(string ids, IReadOnlyList<int> modes)
    {
        string[] digits = new string[modes.Count];
        long rest = 1;
        for (int k = modes.Count - 1; k >= 0; k--)
        {
            string quotient = rest == 1 ? ids : graph.Node("Div", [ids, graph.Scalar(rest)]);
            digits[k] = k == 0 ? quotient : graph.Node("Mod", [quotient, graph.Scalar(modes[k])]);
            rest *= modes[k];
        }

        return digits;
    }

    private string Chain(BayesianTensor tensor, StorageType type, string[] digits, int[] rows, int[] columns, int[] ranks)
    {
        int last = rows.Length - 1;
        bool isRing = ranks[0] > 1;
        string left = string.Empty;
        long width = 1;
        for (int k = 0; k <= last; k++)
        {
            if (isRing && k == last)
            {
                return Close(tensor, left, width, columns[k], ranks);
            }

            // A core that all rows share needs no lookup; the first one gives the rows their number.
            bool isShared = k > 0 && rows[k] == 1;
            long[] dimensions = [ranks[k], (long)columns[k] * ranks[k + 1]];
            string core = weights.Add(
                $"{tensor.Name}.core.{k}", tensor.Format.Factors[k].Dimensions, isShared ? dimensions : [rows[k], .. dimensions], tensor.Means()[k], type);
            string slabs = isShared ? core : graph.Node("Gather", [core, digits[k]]);
            left = k == 0 ? slabs : graph.Node("MatMul", [left, slabs]);
            width *= columns[k];
            left = graph.Node("Reshape", [left, k == last ? graph.Vector(0, width) : graph.Vector(0, ranks[0] * width, ranks[k + 1])]);
        }

        return left;
    }

    /// <summary>Joins the ends of a ring: y[n, p, j] = Σ over a, r of left[n, a, p, r] · core[r, j, a].</summary>
    private string Close(BayesianTensor tensor, string left, long width, int columns, int[] ranks)
    {
        (int ends, int rank) = (ranks[0], ranks[^2]);
        float[] core = tensor.Means()[^1].ToArray();
        double[] moved = new double[ends * rank * columns];
        for (int r = 0; r < rank; r++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int a = 0; a < ends; a++)
                {
                    moved[(((a * rank) + r) * columns) + j] = core[(((r * columns) + j) * ends) + a];
                }
            }
        }

        string parts = graph.Node("Transpose", [graph.Node("Reshape", [left, graph.Vector(0, ends, width, rank)])], ("perm", new long[] { 0, 2, 1, 3 }));
        string joined = graph.Node("MatMul", [graph.Node("Reshape", [parts, graph.Vector(0, width, ends * rank)]), weights.Add($"{tensor.Name}.last", [ends * rank, columns], moved)]);
        return graph.Node("Reshape", [joined, graph.Vector(0, width * columns)]);
    }

    private string Cp(BayesianTensor tensor, StorageType type, string[] digits)
    {
        int rank = tensor.Format.Ranks[0];
        string product = string.Empty;
        for (int k = 0; k < digits.Length; k++)
        {
            string rows = Gathered(tensor, k, type, digits[k]);
            product = k == 0 ? rows : graph.Node("Mul", [product, rows]);
        }

        // C[r, j] = Π A[k][j_k, r]
        double[] columns = [.. Enumerable.Repeat(1.0, rank)];
        foreach (float[] factor in ColumnFactors(tensor, digits.Length))
        {
            int mode = factor.Length / rank;
            double[] wider = new double[columns.Length * mode];
            for (int r = 0; r < rank; r++)
            {
                for (int x = 0; x < columns.Length / rank * mode; x++)
                {
                    wider[(r * (columns.Length / rank) * mode) + x] = columns[(r * (columns.Length / rank)) + (x / mode)] * factor[(x % mode * rank) + r];
                }
            }

            columns = wider;
        }

        return graph.Node("MatMul", [product, weights.Add($"{tensor.Name}.columns", [rank, tensor.Format.Columns], columns)]);
    }

    private string Tucker(BayesianTensor tensor, StorageType type, string[] digits)
    {
        IReadOnlyList<int> ranks = tensor.Format.Ranks;
        long rest = ranks.Aggregate(1L, static (product, size) => product * size) / ranks[0];
        string core = weights.Add($"{tensor.Name}.core", tensor.Format.Factors[^1].Dimensions, [ranks[0], rest], tensor.Means()[ranks.Count], type);
        string left = graph.Node("MatMul", [Gathered(tensor, 0, type, digits[0]), core]);
        for (int k = 1; k < digits.Length; k++)
        {
            rest /= ranks[k];
            string parts = graph.Node("Reshape", [left, graph.Vector(0, ranks[k], rest)]);
            string rows = graph.Node("Unsqueeze", [Gathered(tensor, k, type, digits[k]), graph.Vector(1)]);
            left = graph.Node("Reshape", [graph.Node("MatMul", [rows, parts]), graph.Vector(0, rest)]);
        }

        // C[(r_0, r_1, …), (j_0, j_1, …)] = Π A[k][j_k, r_k]
        double[] columns = [1];
        (int height, int width) = (1, 1);
        foreach ((float[] factor, int rank) in ColumnFactors(tensor, digits.Length).Zip(ranks.Skip(digits.Length)))
        {
            int mode = factor.Length / rank;
            double[] wider = new double[columns.Length * factor.Length];
            for (int at = 0; at < wider.Length; at++)
            {
                (int row, int column) = Math.DivRem(at, width * mode);
                wider[at] = columns[(row / rank * width) + (column / mode)] * factor[(column % mode * rank) + (row % rank)];
            }

            (columns, height, width) = (wider, height * rank, width * mode);
        }

        return graph.Node("MatMul", [left, weights.Add($"{tensor.Name}.columns", [height, width], columns)]);
    }

    private string Gathered(BayesianTensor tensor, int k, StorageType type, string digit)
    {
        long[] dimensions = [.. tensor.Format.Factors[k].Dimensions];
        return graph.Node("Gather", [weights.Add($"{tensor.Name}.factor.{k}", dimensions, dimensions, tensor.Means()[k], type), digit]);
    }

    private static IEnumerable<float[]> ColumnFactors(BayesianTensor tensor, int rowModes) =>
        Enumerable.Range(rowModes, tensor.Format.ColumnModes.Count).Select(k => tensor.Means()[k].ToArray());
}
