using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A matrix of weights as the first entries of a tensor train: quantised when every mode is 2, a low-rank matrix when there are two modes.</summary>
/// <remarks>
/// <code>
/// vec(W) = first n entries of  Σ G[0][i0, ·] · G[1][·, i1, ·] · … · G[d−1][·, i(d−1)]        G[k]: (R[k], I[k], R[k+1]), R[0] = R[d] = 1
/// </code>
/// <para>The cores of the first half and those of the second are multiplied apart, their products last: Σ over halves of small terms, and R multiply-adds an entry.</para>
/// <para>It is the control of an <see cref="AdtnTensor"/>: the same rebuilding and the same training, without activations.</para>
/// </remarks>
public sealed class TensorTrainWeight : GeneratedWeight
{
    private readonly int[] _modes;
    private readonly int[] _ranks;
    private readonly long[] _offsets;
    private readonly int _middle;
    private readonly DeviceBuffer<float>[] _products;
    private readonly DeviceBuffer<float>[] _productGradients;
    private readonly DeviceBuffer<float> _matrix;
    private readonly DeviceBuffer<float> _gradient;

    /// <summary>Initializes a new instance of the <see cref="TensorTrainWeight"/> class with cores of zeros.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="modes">I; their product is at least rows · columns.</param>
    /// <param name="ranks">R[0..d], with R[0] = R[d] = 1.</param>
    /// <param name="rows">The rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="optimizer">The optimiser of the cores.</param>
    /// <exception cref="ArgumentException">Modes or ranks don't fit.</exception>
    public TensorTrainWeight(IDevice device, string name, IReadOnlyList<int> modes, IReadOnlyList<int> ranks, int rows, int columns, OptimizerOptions optimizer)
        : base(device, name, rows, columns, CountOf(modes, ranks), optimizer)
    {
        _modes = [.. modes];
        _ranks = [.. ranks];
        _offsets = new long[modes.Count];
        _products = new DeviceBuffer<float>[modes.Count];
        _productGradients = new DeviceBuffer<float>[modes.Count];
        long product = modes.Aggregate(1L, static (left, mode) => checked(left * mode));
        _middle = 1;
        for (long left = modes[0]; _middle < modes.Count - 1 && left * modes[_middle] <= product / left; _middle++)
        {
            left *= modes[_middle];
        }

        // Products of core k with those before it in the first half, with those after it in the second.
        for (int k = 0; k < modes.Count; k++)
        {
            _offsets[k] = k == 0 ? 0 : _offsets[k - 1] + CoreLength(k - 1);
            long entries = (k < _middle ? _modes[..(k + 1)] : _modes[k..]).Aggregate(1L, static (left, mode) => left * mode);
            _products[k] = device.Allocate<float>(entries * ranks[k < _middle ? k + 1 : k]);
            _productGradients[k] = device.Allocate<float>(_products[k].Length);
        }

        _matrix = device.Allocate<float>(product);
        _gradient = device.Allocate<float>(product);
        if (product < (long)rows * columns)
        {
            throw new ArgumentException($"Modes [{string.Join(", ", modes)}] make {product} entries, but the matrix has {rows} × {columns}.", nameof(modes));
        }
    }

    /// <summary>Gets I.</summary>
    public IReadOnlyList<int> Modes => _modes;

    /// <summary>Gets R[0..d].</summary>
    public IReadOnlyList<int> Ranks => _ranks;

    /// <inheritdoc/>
    public override string Description => $"tensor train of modes [{string.Join(", ", _modes)}], ranks [{string.Join(", ", _ranks)}]";

    /// <inheritdoc/>
    public override Matrix WeightGradient => new(_gradient, Rows, Columns);

    /// <inheritdoc/>
    public override long RebuildBytes => 2 * sizeof(float) * (_matrix.Length + _products.Sum(static buffer => buffer.Length));

    /// <inheritdoc/>
    protected override int Degree => _modes.Length;

    /// <inheritdoc/>
    protected override int LinearElements => checked((int)CoreLength(_modes.Length - 1));

    /// <inheritdoc/>
    protected override Matrix Target => new(_matrix, Rows, Columns);

    /// <summary>Decomposes a matrix by TT-SVD.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="modes">I; entries beyond the matrix count as zeros.</param>
    /// <param name="maxRank">The largest rank of a bond.</param>
    /// <param name="numbers">The matrix, row-major.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="optimizer">The optimiser of the cores.</param>
    /// <returns>The weight.</returns>
    public static TensorTrainWeight Decompose(
        IDevice device, string name, IReadOnlyList<int> modes, int maxRank, ReadOnlyMemory<float> numbers, int rows, int columns, OptimizerOptions optimizer)
    {
        ArgumentNullException.ThrowIfNull(modes);
        int[] ones = [.. Enumerable.Repeat(1, modes.Count)];
        (TtmTensor tensor, _) = StreamingTtSvd.Decompose(device, new ArrayRows(numbers, 1), [.. modes], ones, new TtSvdOptions { MaxRank = maxRank });
        TtmRounding.Truncate(tensor, [.. Enumerable.Repeat(maxRank, modes.Count - 1)]);
        TensorTrainWeight weight = new(device, name, modes, tensor.Ranks, rows, columns, optimizer);
        weight.Values.Value.CopyFrom([.. tensor.Cores.SelectMany(static core => core).Select(static number => (float)number)]);
        return weight;
    }

    /// <summary>Computes a distance below which no tensor train of given ranks comes; with two modes the best one is there.</summary>
    /// <remarks>
    /// <code>‖Ŵ − W‖² / ‖W‖² ≥ max over bonds k of Σ_{j ≥ R[k]} s[j]² / Σ_j s[j]²      s: singular values of W as a matrix of the first k + 1 modes by the others</code>
    /// <para>Source: Eckart, Young, "The approximation of one matrix by another of lower rank", Psychometrika, 1936; a train of ranks R has unfoldings of ranks ≤ R.</para>
    /// </remarks>
    /// <param name="device">The device.</param>
    /// <param name="modes">I; entries beyond the numbers count as zeros.</param>
    /// <param name="ranks">R of each bond, one fewer than modes.</param>
    /// <param name="numbers">W.</param>
    /// <returns>The bound, in [0, 1].</returns>
    /// <exception cref="ArgumentException">Ranks or numbers don't fit the modes.</exception>
    public static double LeastDistance(IDevice device, IReadOnlyList<int> modes, IReadOnlyList<int> ranks, ReadOnlySpan<float> numbers)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(modes);
        ArgumentNullException.ThrowIfNull(ranks);
        long length = modes.Aggregate(1L, static (product, mode) => product * mode);
        if (ranks.Count != modes.Count - 1 || length < numbers.Length)
        {
            throw new ArgumentException($"{modes.Count} modes of {length} entries and {ranks.Count} bonds don't fit {numbers.Length} numbers.", nameof(ranks));
        }

        using DeviceBuffer<float> padded = device.Allocate<float>(length);
        padded.CopyFrom(numbers);
        double largest = 0;
        int rows = 1;
        for (int k = 0; k < ranks.Count; k++)
        {
            rows *= modes[k];
            int columns = checked((int)(length / rows));
            int size = Math.Min(rows, columns);
            using DeviceBuffer<float> gram = device.Allocate<float>((long)size * size);
            Matrix unfolding = new(padded, rows, columns);
            device.Gemm(unfolding, rows > columns, unfolding, rows <= columns, new Matrix(gram, size, size));
            (double[] squares, _) = DoubleMatrices.Eigen([.. gram.ToArray().Select(static entry => (double)entry)], size);
            largest = Math.Max(largest, squares.Skip(ranks[k]).Sum() / squares.Sum());
        }

        return largest;
    }

    /// <inheritdoc/>
    protected override void Evaluate()
    {
        int last = _modes.Length - 1;
        Device.Copy(Values.Value, 0, _products[0], 0, CoreLength(0));
        for (int k = 1; k < _middle; k++)
        {
            Device.Gemm(ByRank(_products[k - 1], k), false, Core(Values.Value, k), false, new Matrix(_products[k], RowsOf(_products[k - 1], k), _modes[k] * _ranks[k + 1]));
        }

        if (_middle > last)
        {
            Device.Copy(_products[0], 0, _matrix, 0, _matrix.Length);
            return;
        }

        Device.Copy(Values.Value, _offsets[last], _products[last], 0, CoreLength(last));
        for (int k = last - 1; k >= _middle; k--)
        {
            Device.Gemm(TallCore(Values.Value, k), false, After(_products, k), false, Tall(_products[k], k));
        }

        Device.Gemm(ByRank(_products[_middle - 1], _middle), false, After(_products, _middle - 1), false, Halves(_matrix));
    }

    /// <inheritdoc/>
    protected override void AddGradients()
    {
        long numbers = (long)Rows * Columns;
        int padding = checked((int)(_gradient.Length - numbers));
        if (padding > 0)
        {
            Device.FillElements(new Matrix(_gradient, 1, padding, offset: numbers), 0);
        }

        int last = _modes.Length - 1;
        if (_middle > last)
        {
            AddCore(0, _gradient);
            return;
        }

        Matrix left = ByRank(_products[_middle - 1], _middle);
        Device.Gemm(left, true, Halves(_gradient), false, After(_productGradients, _middle - 1));
        Device.Gemm(Halves(_gradient), false, After(_products, _middle - 1), true, ByRank(_productGradients[_middle - 1], _middle));
        for (int k = _middle - 1; k > 0; k--)
        {
            Matrix gradient = new(_productGradients[k], RowsOf(_products[k - 1], k), _modes[k] * _ranks[k + 1]);
            Device.Gemm(ByRank(_products[k - 1], k), true, gradient, false, Core(Values.Gradient, k), accumulate: true);
            Device.Gemm(gradient, false, Core(Values.Value, k), true, ByRank(_productGradients[k - 1], k));
        }

        for (int k = _middle; k < last; k++)
        {
            Device.Gemm(Tall(_productGradients[k], k), false, After(_products, k), true, TallCore(Values.Gradient, k), accumulate: true);
            Device.Gemm(TallCore(Values.Value, k), true, Tall(_productGradients[k], k), false, After(_productGradients, k));
        }

        AddCore(0, _productGradients[0]);
        AddCore(last, _productGradients[last]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (DeviceBuffer<float> buffer in _products.Concat(_productGradients).Append(_matrix).Append(_gradient))
        {
            buffer.Dispose();
        }
    }

    private static long CountOf(IReadOnlyList<int> modes, IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(modes);
        ArgumentNullException.ThrowIfNull(ranks);
        return modes.Count > 0 && ranks.Count == modes.Count + 1 && ranks[0] == 1 && ranks[^1] == 1
            ? modes.Select((mode, k) => (long)ranks[k] * mode * ranks[k + 1]).Sum()
            : throw new ArgumentException($"Ranks [{string.Join(", ", ranks)}] of {modes.Count} modes must be {modes.Count + 1}, the first and the last 1.", nameof(ranks));
    }

    private void AddCore(int k, DeviceBuffer<float> gradient)
    {
        int length = checked((int)CoreLength(k));
        Matrix sum = new(Values.Gradient, 1, length, offset: _offsets[k]);
        Device.AddElements(sum, new Matrix(gradient, 1, length), sum);
    }

    /// <summary>Views the matrix as the entries of the first half by those of the second.</summary>
    private Matrix Halves(DeviceBuffer<float> entries)
    {
        int rows = RowsOf(_products[_middle - 1], _middle);
        return new Matrix(entries, rows, checked((int)(entries.Length / rows)));
    }

    private int RowsOf(DeviceBuffer<float> product, int bond) => checked((int)(product.Length / _ranks[bond]));

    /// <summary>Views a product of the first half as (entries, R[bond]).</summary>
    private Matrix ByRank(DeviceBuffer<float> product, int bond) => new(product, RowsOf(product, bond), _ranks[bond]);

    /// <summary>Views the product after core k, of the second half, as (R[k + 1], entries).</summary>
    private Matrix After(DeviceBuffer<float>[] products, int k) => new(products[k + 1], _ranks[k + 1], RowsOf(products[k + 1], k + 1));

    /// <summary>Views the product from core k on as (R[k]·I[k], entries of the modes after it).</summary>
    private Matrix Tall(DeviceBuffer<float> product, int k) => new(product, _ranks[k] * _modes[k], checked((int)(product.Length / (_ranks[k] * _modes[k]))));

    private Matrix Core(DeviceBuffer<float> values, int k) => new(values, _ranks[k], _modes[k] * _ranks[k + 1], offset: _offsets[k]);

    private Matrix TallCore(DeviceBuffer<float> values, int k) => new(values, _ranks[k] * _modes[k], _ranks[k + 1], offset: _offsets[k]);

    private long CoreLength(int k) => (long)_ranks[k] * _modes[k] * _ranks[k + 1];
}
