namespace Dlrm.Data.Synthetic;

/// <summary>The model that labels synthetic data: a DLRM with one bottom layer, dot interactions and a linear top, whose parameters are known.</summary>
/// <remarks>
/// <code>
/// v     = max(0, W·x + a)                                       x: the stored dense features
/// logit = b + ⟨u, v⟩ + Σ_t β[t]·⟨v, E_t[id_t]⟩ + Σ_{s&lt;t} α[s]·α[t]·⟨E_s[id_s], E_t[id_t]⟩
/// P(label = 1) = 1 / (1 + exp(-logit))
/// </code>
/// <para>Shapes: W (D, F), a and u (D), α and β (T). So a DLRM of embedding dimension D can represent it exactly.</para>
/// <para>Pairs by Σ_{s&lt;t} ⟨p_s, p_t⟩ = ½(|Σ p_t|² - Σ |p_t|²), p_t = α[t]·E_t: T·D steps and not T²·D; all in double.
/// Source: Rendle, "Factorization machines", ICDM 2010.</para>
/// </remarks>
public sealed class SyntheticTeacher
{
    /// <summary>Gets D.</summary>
    public int EmbeddingDim => BottomBias.Length;

    /// <summary>Gets F.</summary>
    public int DenseFeatures => BottomWeights.Length / BottomBias.Length;

    /// <summary>Gets W (D, F), row-major.</summary>
    public required double[] BottomWeights { get; init; }

    /// <summary>Gets a (D).</summary>
    public required double[] BottomBias { get; init; }

    /// <summary>Gets u (D).</summary>
    public required double[] DenseWeights { get; init; }

    /// <summary>Gets β (T).</summary>
    public required double[] FirstOrderWeights { get; init; }

    /// <summary>Gets α (T).</summary>
    public required double[] PairWeights { get; init; }

    /// <summary>Gets b.</summary>
    public required double Bias { get; init; }

    /// <summary>Gets the tables.</summary>
    public required IReadOnlyList<TeacherTable> Tables { get; init; }

    /// <summary>Computes the true logits of a block.</summary>
    /// <param name="block">Dense features and ids; receives the logits.</param>
    public void Label(SyntheticBlock block)
    {
        RowBuffer buffer = new(this);
        for (int i = 0; i < block.Count; i++)
        {
            TeacherTerms terms = Terms(buffer.Load(block, i), buffer.Ids, buffer.Scratch, buffer.Row);
            block.Logits[i] = Bias + terms.Dense + terms.FirstOrder + terms.Pairs;
        }
    }

    /// <summary>Computes the true logit of one row.</summary>
    /// <param name="dense">F stored dense features.</param>
    /// <param name="ids">T ids, each within its table.</param>
    /// <returns>The logit.</returns>
    public double Logit(ReadOnlySpan<float> dense, ReadOnlySpan<long> ids)
    {
        TeacherTerms terms = Terms(dense, ids, new double[ScratchLength], new float[EmbeddingDim]);
        return Bias + terms.Dense + terms.FirstOrder + terms.Pairs;
    }

    /// <summary>Gets the scratch of <see cref="Terms"/>, in doubles.</summary>
    internal int ScratchLength => (4 * EmbeddingDim) + Tables.Max((TeacherTable table) => table.ScratchLength);

    /// <summary>Computes the three parts of a logit.</summary>
    /// <param name="dense">F stored dense features.</param>
    /// <param name="ids">T ids.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> doubles.</param>
    /// <param name="row">D floats of scratch.</param>
    /// <returns>The parts; the bias is left out.</returns>
    internal TeacherTerms Terms(ReadOnlySpan<float> dense, ReadOnlySpan<long> ids, Span<double> scratch, Span<float> row)
    {
        int dim = EmbeddingDim;
        Span<double> bottom = scratch[..dim];
        Span<double> firstOrder = scratch.Slice(dim, dim);
        Span<double> sum = scratch.Slice(2 * dim, dim);
        Span<double> squares = scratch.Slice(3 * dim, dim);
        scratch.Slice(dim, 3 * dim).Clear();
        Bottom(dense, bottom);
        for (int t = 0; t < ids.Length; t++)
        {
            Tables[t].Row(ids[t], scratch[(4 * dim)..], row);
            double alpha = PairWeights[t];
            double beta = FirstOrderWeights[t];
            for (int j = 0; j < dim; j++)
            {
                double weighted = alpha * row[j];
                firstOrder[j] += beta * row[j];
                sum[j] += weighted;
                squares[j] += weighted * weighted;
            }
        }

        TeacherTerms terms = default;
        for (int j = 0; j < dim; j++)
        {
            terms.Dense += DenseWeights[j] * bottom[j];
            terms.FirstOrder += bottom[j] * firstOrder[j];
            terms.Pairs += 0.5 * ((sum[j] * sum[j]) - squares[j]);
        }

        return terms;
    }

    /// <summary>Computes ⟨v, E_t⟩ of each table.</summary>
    /// <param name="dense">F stored dense features.</param>
    /// <param name="ids">T ids.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> doubles.</param>
    /// <param name="row">D floats of scratch.</param>
    /// <param name="terms">Receives T terms.</param>
    internal void FirstOrderTerms(ReadOnlySpan<float> dense, ReadOnlySpan<long> ids, Span<double> scratch, Span<float> row, Span<double> terms)
    {
        Span<double> bottom = scratch[..EmbeddingDim];
        Bottom(dense, bottom);
        for (int t = 0; t < ids.Length; t++)
        {
            Tables[t].Row(ids[t], scratch[EmbeddingDim..], row);
            terms[t] = 0;
            for (int j = 0; j < row.Length; j++)
            {
                terms[t] += bottom[j] * row[j];
            }
        }
    }

    private void Bottom(ReadOnlySpan<float> dense, Span<double> bottom)
    {
        for (int j = 0; j < bottom.Length; j++)
        {
            double sum = BottomBias[j];
            for (int f = 0; f < dense.Length; f++)
            {
                sum += BottomWeights[(j * dense.Length) + f] * dense[f];
            }

            bottom[j] = Math.Max(0, sum);
        }
    }
}
