using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Looks up and pools rows of a table that is a low-rank tensor.</summary>
/// <remarks>
/// <code>output[b, :] = pool over i in indices[offsets[b] .. offsets[b + 1]) of weight[i] · E[indices[i], :]</code>
/// <para>With S draws a step, bags [B·p/S, B·(p+1)/S) use draw p.</para>
/// <para>Cost: unique rows are evaluated once each; grouped by slab.</para>
/// <para>Source: Yin et al., "TT-Rec: Tensor Train Compression for Deep Learning Recommendation Models", MLSys 2021.</para>
/// </remarks>
public sealed partial class TensorEmbeddingBag : IEmbeddingBag
{
    private readonly IDevice _device;
    private readonly PoolingType _pooling;
    private readonly List<Piece> _pieces = [];

    /// <summary>Initializes a new instance of the <see cref="TensorEmbeddingBag"/> class.</summary>
    /// <param name="device">The device.</param>
    /// <param name="tensor">The table; owned from now on.</param>
    /// <param name="pooling">Sum or mean.</param>
    public TensorEmbeddingBag(IDevice device, BayesianTensor tensor, PoolingType pooling)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        _device = device;
        _pooling = pooling;
        Tensor = tensor;
        Parameters = [tensor];
    }

    /// <inheritdoc/>
    public string Name => Tensor.Name;

    /// <inheritdoc/>
    public long Rows => Tensor.Format.Rows;

    /// <inheritdoc/>
    public int EmbeddingDim => Tensor.Format.Columns;

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Gets the table.</summary>
    public BayesianTensor Tensor { get; }

    /// <inheritdoc/>
    public string Description => Tensor.IsZero ? $"zero {Rows} × {EmbeddingDim} (pruned whole)" : Tensor.Format.ToString();

    /// <inheritdoc/>
    public void Forward(JaggedIndices bags, Matrix output)
    {
        ArgumentNullException.ThrowIfNull(bags);
        bags.Validate(Rows, Name);
        if (Tensor.IsZero)
        {
            _device.FillElements(output, 0);
            return;
        }

        int pieces = Tensor.Pieces;
        while (_pieces.Count < pieces)
        {
            _pieces.Add(new Piece(_device, Tensor.Format));
        }

        if (TryForwardKept(bags, output))
        {
            return;
        }

        for (int p = 0; p < pieces; p++)
        {
            (int first, int end) = PieceOf(p, pieces, bags.Bags);
            Evaluate(p, _pieces[p].Part(bags, first, end), Tensor.Format, Tensor.Factors(p), _pooling, output.RowBlock(first, end - first));
        }
    }

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient)
    {
        if (Tensor.IsZero)
        {
            return;
        }

        int pieces = Tensor.Pieces;
        for (int p = 0; p < pieces; p++)
        {
            (int first, int end) = PieceOf(p, pieces, outputGradient.Rows);
            Piece piece = _pieces[p];
            Matrix gradients = piece.Rows.Resize(piece.Groups.UniqueCount);
            _device.UniqueRowGradients(piece.Groups, _pooling, outputGradient.RowBlock(first, end - first), gradients);
            piece.Evaluator.RowGradients(Tensor.Format, Tensor.Factors(p), piece.Groups, gradients, Tensor.FactorGradients());
            Tensor.EndPiece(p);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReleaseInference();
        Tensor.Dispose();
        foreach (Piece piece in _pieces)
        {
            piece.Dispose();
        }
    }

    private void Evaluate(int p, JaggedIndices bags, LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, PoolingType pooling, Matrix output)
    {
        Piece piece = _pieces[p];
        _device.GroupRows(bags, piece.Groups);
        Matrix rows = piece.Rows.Resize(piece.Groups.UniqueCount);
        piece.Evaluator.Rows(format, factors, piece.Groups, rows);
        _device.PoolUniqueRows(rows, piece.Groups, pooling, output);
    }

    private static (int First, int End) PieceOf(int piece, int pieces, int bags) =>
        ((int)((long)bags * piece / pieces), (int)((long)bags * (piece + 1) / pieces));

    /// <summary>What one draw's bags need between forward and backward.</summary>
    private sealed class Piece(IDevice device, LowRankFormat format) : IDisposable
    {
        private readonly JaggedIndices _part = new();

        internal RowGroups Groups { get; } = new(device);

        internal IRowEvaluator Evaluator { get; } = format.CreateRowEvaluator(device);

        internal GrowingMatrix Rows { get; } = new(device, format.Columns);

        public void Dispose()
        {
            Groups.Dispose();
            Evaluator.Dispose();
            Rows.Dispose();
        }

        internal JaggedIndices Part(JaggedIndices bags, int first, int end)
        {
            if (first == 0 && end == bags.Bags)
            {
                return bags;
            }

            int start = bags.Offsets[first];
            int count = bags.Offsets[end] - start;
            _part.Resize(end - first, count, bags.IsWeighted);
            bags.Indices.Slice(start, count).CopyTo(_part.Indices);
            if (bags.IsWeighted)
            {
                bags.Weights.Slice(start, count).CopyTo(_part.Weights);
            }

            for (int b = 0; b <= end - first; b++)
            {
                _part.Offsets[b] = bags.Offsets[first + b] - start;
            }

            return _part;
        }
    }
}
