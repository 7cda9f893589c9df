using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A matrix of weights as the first entries of a tensor train: quantised when every mode is 2, a low-rank matrix when there are two modes.</summary>
/// <remarks>
/// <code>
/// vec(W) = first n entries of  Σ G[0][i0, ·] · G[1][·, i1, ·] · … · G[d−1][·, i(d−1)]        G[k]: (R[k], I[k], R[k+1]), R[0] = R[d] = 1
/// </code>
/// <para>It is the control of an <see cref="AdtnTensor"/>: the same rebuilding and the same training, without activations.</para>
/// </remarks>
public sealed class TensorTrainWeight : GeneratedWeight
{
    private readonly int[] _modes;
    private readonly int[] _ranks;
    private readonly long[] _offsets;
    private readonly DeviceBuffer<float>[] _left;
    private readonly DeviceBuffer<float>[] _leftGradients;

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
        _left = new DeviceBuffer<float>[modes.Count];
        _leftGradients = new DeviceBuffer<float>[modes.Count];
        long product = 1;
        for (int k = 0; k < modes.Count; k++)
        {
            product *= modes[k];
            _offsets[k] = k == 0 ? 0 : _offsets[k - 1] + CoreLength(k - 1);
            _left[k] = device.Allocate<float>(product * ranks[k + 1]);
            _leftGradients[k] = device.Allocate<float>(product * ranks[k + 1]);
        }

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
    public override Matrix WeightGradient => new(_leftGradients[^1], Rows, Columns);

    /// <inheritdoc/>
    public override long RebuildBytes => 2 * sizeof(float) * _left.Sum(static buffer => buffer.Length);

    /// <inheritdoc/>
    protected override int Degree => _modes.Length;

    /// <inheritdoc/>
    protected override Matrix Target => new(_left[^1], Rows, Columns);

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
        TtmRounding.Orthogonalize(tensor);
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
        Device.Copy(Values.Value, 0, _left[0], 0, CoreLength(0));
        for (int k = 1; k < _modes.Length; k++)
        {
            Device.Gemm(Flat(_left[k - 1], _ranks[k]), false, Core(Values.Value, k), false, Flat(_left[k], _modes[k] * _ranks[k + 1]));
        }
    }

    /// <inheritdoc/>
    protected override void AddGradients()
    {
        long numbers = (long)Rows * Columns;
        int padding = checked((int)(_leftGradients[^1].Length - numbers));
        if (padding > 0)
        {
            Device.FillElements(new Matrix(_leftGradients[^1], 1, padding, offset: numbers), 0);
        }

        for (int k = _modes.Length - 1; k > 0; k--)
        {
            Matrix gradient = Flat(_leftGradients[k], _modes[k] * _ranks[k + 1]);
            Device.Gemm(Flat(_left[k - 1], _ranks[k]), true, gradient, false, Core(Values.Gradient, k), accumulate: true);
            Device.Gemm(gradient, false, Core(Values.Value, k), true, Flat(_leftGradients[k - 1], _ranks[k]));
        }

        int first = checked((int)CoreLength(0));
        Matrix sum = new(Values.Gradient, 1, first);
        Device.AddElements(sum, new Matrix(_leftGradients[0], 1, first), sum);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (DeviceBuffer<float> buffer in _left.Concat(_leftGradients))
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

    private static Matrix Flat(DeviceBuffer<float> buffer, int columns) => new(buffer, checked((int)(buffer.Length / columns)), columns);

    private Matrix Core(DeviceBuffer<float> values, int k) => new(values, _ranks[k], _modes[k] * _ranks[k + 1], offset: _offsets[k]);

    private long CoreLength(int k) => (long)_ranks[k] * _modes[k] * _ranks[k + 1];
}
