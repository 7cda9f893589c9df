using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A fully connected layer whose weight is a low-rank tensor; the bias is dense.</summary>
/// <remarks>
/// <code>
/// output[b, o] = f(Σ_i input[b, i] · W[o, i] + bias[o])
/// rebuild      W once for each draw, Y = X·Wᵀ;     backward  dX = dY·W,  dW = dYᵀ·X
/// factored     H = X·Cᵀ, Y = H·Lᵀ  (W = L·C);      backward  dH = dY·L,  dX = dH·C,  dL = dYᵀ·H,  dC = dHᵀ·X
/// </code>
/// <para>The way with fewer counted multiply-adds is taken, for each batch size and rank: <see cref="LinearCost"/>. Weights and their gradients lie in
/// scratch that all layers share, and are evaluated again in the backward pass: a layer keeps its factors and, when factored, H.</para>
/// <para>With S draws a step, samples [B·p/S, B·(p+1)/S) use draw p. A weight that was pruned whole leaves f(bias).</para>
/// <para>Start, with m outputs and n inputs: entries of W have variance 2/(m + n), as a dense layer's here (not 2/n, so that runs compare); bias ~ N(0, 1/m).</para>
/// <para>Source: Novikov, Podoprikhin, Osokin, Vetrov, "Tensorizing neural networks", NIPS 2015.</para>
/// </remarks>
public sealed class TensorizedLinear : ILinearLayer
{
    private const int WeightSlot = 0;
    private const int WeightGradientSlot = 1;
    private const int RightSlot = 2;
    private const int RightGradientSlot = 3;
    private const int HiddenGradientSlot = 4;
    private readonly IDevice _device;
    private readonly LinearScratch _scratch;
    private readonly Activation _activation;
    private readonly RowGroups _allRows;
    private readonly IRowEvaluator _evaluator;
    private readonly SplitSideEvaluator _left;
    private readonly SplitSideEvaluator _right;
    private readonly GrowingMatrix _hidden;
    private (LowRankFormat Format, int Samples, int Pieces) _counted;
    private LinearCost _cost;
    private WeightSplit? _split;

    /// <summary>Initializes a new instance of the <see cref="TensorizedLinear"/> class with random factors and bias.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The layer's name: "top.0". Parameters are NAME.weight and NAME.bias.</param>
    /// <param name="format">The weight's format: m rows, n columns, no padding.</param>
    /// <param name="activation">f.</param>
    /// <param name="factorOptimizer">The optimiser of the factors.</param>
    /// <param name="biasOptimizer">The optimiser of the bias.</param>
    /// <param name="prior">The prior of the factors.</param>
    /// <param name="stream">Where initial values come from.</param>
    /// <param name="scratch">Shared with the model's other layers; stays the caller's.</param>
    public TensorizedLinear(
        IDevice device, string name, LowRankFormat format, Activation activation, OptimizerOptions factorOptimizer, OptimizerOptions biasOptimizer, RankPriorOptions prior, RandomStream stream,
        LinearScratch scratch)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(scratch);
        _device = device;
        _scratch = scratch;
        _activation = activation;
        Name = name;
        Inputs = format.Columns;
        Outputs = checked((int)format.Rows);
        Tensor = new BayesianTensor(device, $"{name}.weight", format, factorOptimizer, prior, stream.Derive(0), Math.Sqrt(2.0 / (Outputs + Inputs)));
        Bias = new DenseParameter(device, $"{name}.bias", [Outputs], biasOptimizer);
        device.FillNormal(Bias.Value, stream.Derive(1), (float)Math.Sqrt(1.0 / Outputs));
        Parameters = [Tensor, Bias];
        _allRows = new RowGroups(device);
        device.GroupRows(AllRows.Of(Outputs), _allRows);
        _evaluator = format.CreateRowEvaluator(device);
        _left = new SplitSideEvaluator(device);
        _right = new SplitSideEvaluator(device);
        _hidden = new GrowingMatrix(device, 1);
        Count(LinearCost.NominalSamples);
    }

    /// <summary>Gets the layer's name: "top.0".</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public int Inputs { get; }

    /// <inheritdoc/>
    public int Outputs { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Gets the weight, (m, n).</summary>
    public BayesianTensor Tensor { get; }

    /// <summary>Gets the bias, m.</summary>
    public DenseParameter Bias { get; }

    /// <inheritdoc/>
    public string Description => Tensor.IsZero ? $"zero {Outputs} × {Inputs} (pruned whole)" : $"{Tensor.Format}; {LinearCost.Of(Tensor.Format, _counted.Samples, Tensor.Pieces)}";

    /// <inheritdoc/>
    public void Forward(Matrix input, Matrix output)
    {
        if (Tensor.IsZero)
        {
            OutputBias(output);
            return;
        }

        int pieces = Tensor.Pieces;
        Count(input.Rows);
        for (int p = 0; p < pieces; p++)
        {
            (int first, int count) = PieceOf(p, pieces, input.Rows);
            Matrix x = input.RowBlock(first, count);
            Matrix y = output.RowBlock(first, count);
            if (_cost.IsFactored)
            {
                (Matrix left, Matrix right) = EvaluateSplit(p);
                Matrix hidden = Hidden(input.Rows).RowBlock(first, count);
                _device.Gemm(x, false, right, !_split!.IsRightTransposed, hidden);
                _device.Gemm(hidden, false, left, true, y, Bias.Value, _activation);
            }
            else
            {
                _device.Gemm(x, false, EvaluateWeight(p), true, y, Bias.Value, _activation);
            }
        }
    }

    /// <inheritdoc/>
    public void Backward(Matrix input, Matrix output, Matrix outputGradient, Matrix? inputGradient)
    {
        if (_activation != Activation.None)
        {
            _device.ActivationGradient(_activation, output, outputGradient);
        }

        _device.ColumnSums(outputGradient, Bias.Gradient, accumulate: true);
        if (Tensor.IsZero)
        {
            if (inputGradient is Matrix zero)
            {
                _device.FillElements(zero, 0);
            }

            return;
        }

        int pieces = Tensor.Pieces;
        for (int p = 0; p < pieces; p++)
        {
            (int first, int count) = PieceOf(p, pieces, input.Rows);
            if (count > 0)
            {
                Matrix x = input.RowBlock(first, count);
                Matrix dy = outputGradient.RowBlock(first, count);
                Matrix? dx = inputGradient?.RowBlock(first, count);
                if (_cost.IsFactored)
                {
                    BackwardSplit(p, x, Hidden(input.Rows).RowBlock(first, count), dy, dx);
                }
                else
                {
                    BackwardWeight(p, x, dy, dx);
                }
            }

            Tensor.EndPiece(p);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tensor.Dispose();
        Bias.Dispose();
        _allRows.Dispose();
        _evaluator.Dispose();
        _left.Dispose();
        _right.Dispose();
        _hidden.Dispose();
    }

    private static (int First, int Count) PieceOf(int piece, int pieces, int samples)
    {
        int first = (int)((long)samples * piece / pieces);
        return (first, (int)((long)samples * (piece + 1) / pieces) - first);
    }

    /// <summary>Counts the cost of a batch, when something has changed since.</summary>
    private void Count(int samples)
    {
        if (_counted != (Tensor.Format, samples, Tensor.Pieces))
        {
            _counted = (Tensor.Format, samples, Tensor.Pieces);
            _cost = LinearCost.Of(Tensor.Format, samples, Tensor.Pieces);
            _split = Tensor.Format.Split;
        }
    }

    private Matrix Hidden(int samples) => new(_hidden.Resize(checked(samples * _split!.Size)).Buffer, samples, _split.Size);

    private Matrix EvaluateWeight(int piece)
    {
        Matrix weight = _scratch.View(WeightSlot, Outputs, Inputs);
        _evaluator.Rows(Tensor.Format, Tensor.Factors(piece), _allRows, weight);
        return weight;
    }

    private (Matrix Left, Matrix Right) EvaluateSplit(int piece)
    {
        Matrix left = _scratch.View(WeightSlot, Outputs, _split!.Size);
        Matrix right = _split.IsRightTransposed ? _scratch.View(RightSlot, Inputs, _split.Size) : _scratch.View(RightSlot, _split.Size, Inputs);
        _left.Evaluate(_split.Left, Tensor.Factors(piece), left);
        _right.Evaluate(_split.Right, Tensor.Factors(piece), right);
        return (left, right);
    }

    private void BackwardWeight(int piece, Matrix x, Matrix dy, Matrix? inputGradient)
    {
        Matrix weight = EvaluateWeight(piece);
        if (inputGradient is Matrix dx)
        {
            _device.Gemm(dy, false, weight, false, dx);
        }

        Matrix gradient = _scratch.View(WeightGradientSlot, Outputs, Inputs);
        _device.Gemm(dy, true, x, false, gradient);
        _evaluator.RowGradients(Tensor.Format, Tensor.Factors(piece), _allRows, gradient, Tensor.FactorGradients());
    }

    private void BackwardSplit(int piece, Matrix x, Matrix hidden, Matrix dy, Matrix? inputGradient)
    {
        (Matrix left, Matrix right) = EvaluateSplit(piece);
        Matrix hiddenGradient = _scratch.View(HiddenGradientSlot, hidden.Rows, hidden.Columns);
        _device.Gemm(dy, false, left, false, hiddenGradient);
        if (inputGradient is Matrix dx)
        {
            _device.Gemm(hiddenGradient, false, right, _split!.IsRightTransposed, dx);
        }

        Matrix leftGradient = _scratch.View(WeightGradientSlot, left.Rows, left.Columns);
        Matrix rightGradient = _scratch.View(RightGradientSlot, right.Rows, right.Columns);
        _device.Gemm(dy, true, hidden, false, leftGradient);
        if (_split!.IsRightTransposed)
        {
            _device.Gemm(x, true, hiddenGradient, false, rightGradient);
        }
        else
        {
            _device.Gemm(hiddenGradient, true, x, false, rightGradient);
        }

        _left.Gradients(Tensor.Factors(piece), leftGradient, Tensor.FactorGradients());
        _right.Gradients(Tensor.Factors(piece), rightGradient, Tensor.FactorGradients());
    }

    /// <summary>Computes f(bias) for every sample: the product of a column and a row of zeros, and the layer's own epilogue.</summary>
    private void OutputBias(Matrix output)
    {
        Matrix column = _scratch.View(WeightSlot, output.Rows, 1);
        Matrix row = _scratch.View(RightSlot, 1, Outputs);
        _device.FillElements(column, 0);
        _device.FillElements(row, 0);
        _device.Gemm(column, false, row, false, output, Bias.Value, _activation);
    }
}
