using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A matrix of weights as an automatically differentiable tensor network: the first entries of a deep brick wall of gates.</summary>
/// <remarks>
/// <code>
/// vec(W) = first n entries of  L[M] σ( … L[2] σ( L[1] v ⊗ v ⊗ … ⊗ v ) )        v = [1, 0],  σ(x) = max(x, slope·x)
/// </code>
/// <para>Multiply-adds: 4·M·(Q − 1)·2^Q forward, three times that backward. Memory: (M + P)·2^Q floats, P = ⌈Q/9⌉ passes; 402 MB at Q = 24 and M = 3.</para>
/// <para>With M = 1 there is no activation and W is a quantised tensor train of ranks ≤ 4: a bond is crossed by one gate, and the fresh sites under the
/// gates of even sites let ranks 2 through there.</para>
/// <para>W is homogeneous of degree 1 in every gate. So a start is scaled exactly, and the norms of the gates may be made equal at any time:
/// every <see cref="BalanceEvery"/> steps here, with the optimiser's moments.</para>
/// <para>Source: Qing, Li, Zhou, Ran, "Compressing neural network by tensor network with exponentially fewer variational parameters", arXiv 2305.06058.</para>
/// </remarks>
public sealed class AdtnTensor : GeneratedWeight
{
    /// <summary>The steps between two re-balancings.</summary>
    public const int BalanceEvery = 100;

    /// <summary>The most by which a step multiplies or divides ‖W‖.</summary>
    public const double MostGrowth = 1.02;

    private readonly DeviceBuffer<float> _states;
    private readonly DeviceBuffer<float> _workspace;
    private readonly DeviceBuffer<float> _gradient;
    private readonly float[] _gates;
    private readonly double[] _gateGradients;
    private readonly float[] _values;

    /// <summary>Initializes a new instance of the <see cref="AdtnTensor"/> class with gates of zeros.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="shape">The shape, of rows · columns numbers.</param>
    /// <param name="rows">The rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="optimizer">The optimiser of the gates.</param>
    /// <exception cref="ArgumentException">The shape has another number of entries.</exception>
    public AdtnTensor(IDevice device, string name, AdtnShape shape, int rows, int columns, OptimizerOptions optimizer)
        : base(device, name, rows, columns, (shape ?? throw new ArgumentNullException(nameof(shape))).StoredElements, optimizer)
    {
        if (shape.Numbers != (long)rows * columns)
        {
            throw new ArgumentException($"A matrix of {rows} × {columns} has {(long)rows * columns} numbers, but the ADTN has {shape.Numbers}.", nameof(shape));
        }

        Shape = shape;
        _states = device.Allocate<float>(shape.Wall.StatesLength);
        _workspace = device.Allocate<float>(shape.Wall.WorkspaceLength);
        _gradient = device.Allocate<float>(shape.Wall.StateLength);
        _gates = new float[shape.Wall.GatesLength];
        _gateGradients = new double[shape.Wall.GatesLength];
        _values = new float[shape.StoredElements];
    }

    /// <summary>Gets the shape.</summary>
    public AdtnShape Shape { get; }

    /// <inheritdoc/>
    public override string Description => Shape.ToString();

    /// <inheritdoc/>
    public override Matrix WeightGradient => new(_gradient, Rows, Columns);

    /// <inheritdoc/>
    public override long RebuildBytes => sizeof(float) * (_states.Length + _workspace.Length + _gradient.Length);

    /// <inheritdoc/>
    protected override int Degree => Shape.Wall.Layers * Shape.Wall.GatesPerLayer;

    /// <inheritdoc/>
    protected override int LinearElements => Shape.StoredEntries.Count(entry => entry >= Shape.Wall.GatesLength - BrickWallShape.GateLength);

    /// <inheritdoc/>
    protected override Matrix Target => new(_states, Rows, Columns, offset: (Shape.Wall.Layers - 1) * Shape.Wall.StateLength);

    /// <summary>Fills the gates with random numbers and scales them so that the matrix has a given norm.</summary>
    /// <param name="stream">Where they come from.</param>
    /// <param name="norm">‖W‖, Frobenius.</param>
    /// <param name="start">How they are distributed.</param>
    /// <param name="deviation">Around the identity: the standard deviation of an entry; small ones leave almost everything in the first entry.</param>
    /// <exception cref="NotFiniteNumberException">The matrix of these gates is zero or not finite.</exception>
    public void Initialize(RandomStream stream, double norm, AdtnStart start = AdtnStart.Identity, double deviation = 0.5)
    {
        using DeviceBuffer<float> normals = Device.Allocate<float>(Shape.Wall.GatesLength);
        Device.FillNormal(normals, stream, 1);
        normals.CopyTo(_gates);
        for (int gate = 0; gate < _gates.Length; gate += BrickWallShape.GateLength)
        {
            Span<float> numbers = _gates.AsSpan(gate, BrickWallShape.GateLength);
            if (start == AdtnStart.Orthogonal)
            {
                Orthonormalize(numbers);
                continue;
            }

            for (int i = 0; i < numbers.Length; i++)
            {
                // The diagonal of 4 × 4.
                numbers[i] = ((float)deviation * numbers[i]) + (i % 5 == 0 ? 1 : 0);
            }
        }

        Values.Value.CopyFrom([.. Shape.StoredEntries.Select(entry => _gates[entry])]);
        Array.Clear(_gates);
        Invalidate();
        Balance();
        ScaleTo(norm);
    }

    /// <summary>Makes the norms of all gates equal; the matrix stays what it is.</summary>
    public void Balance()
    {
        Values.Value.CopyTo(_values);
        double[] squares = new double[Shape.Wall.Layers * Shape.Wall.GatesPerLayer];
        for (int i = 0; i < _values.Length; i++)
        {
            squares[GateOf(i)] += (double)_values[i] * _values[i];
        }

        if (squares.Any(static square => !(square > 0 && double.IsFinite(square))))
        {
            return;
        }

        double mean = squares.Average(static square => Math.Log(square)) / 2;
        float[] factors = new float[_values.Length];
        for (int i = 0; i < factors.Length; i++)
        {
            factors[i] = (float)Math.Exp(mean - (Math.Log(squares[GateOf(i)]) / 2));
        }

        Values.Rescale(factors);
        Invalidate();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A step of ε in each of the M·(Q − 1) gates can change ‖W‖ by a factor of about (1 + ε)^(M·(Q − 1)), which ends in a dead or an endless net.
    /// So the norm, and only the norm, is held within <see cref="MostGrowth"/> of the one before.
    /// </remarks>
    public override void Step(in StepContext context)
    {
        double before = Norm();
        base.Step(context);
        double after = Norm();
        double most = before * MostGrowth;
        double least = before / MostGrowth;
        if (double.IsFinite(after) && after > 0 && (after > most || after < least))
        {
            ScaleTo(after > most ? most : least);
        }

        if (context.Step % BalanceEvery == 0)
        {
            Balance();
        }
    }

    /// <inheritdoc/>
    protected override void Evaluate()
    {
        FillGates();
        Device.BrickWall(Shape.Wall, _gates, _states);
    }

    /// <inheritdoc/>
    protected override void AddGradients()
    {
        FillGates();
        long padding = Shape.Wall.StateLength - Shape.Numbers;
        if (padding > 0)
        {
            Device.FillElements(new Matrix(_gradient, 1, checked((int)padding), offset: Shape.Numbers), 0);
        }

        Device.BrickWallGradients(Shape.Wall, _gates, _states, _workspace, _gradient, _gateGradients);
        Values.Gradient.CopyTo(_values);
        for (int i = 0; i < _values.Length; i++)
        {
            _values[i] += (float)_gateGradients[Shape.StoredEntries[i]];
        }

        Values.Gradient.CopyFrom(_values);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _states.Dispose();
        _workspace.Dispose();
        _gradient.Dispose();
    }

    /// <summary>Makes the columns of 4 × 4 numbers orthonormal, by Gram-Schmidt: from normal numbers a rotation, each as likely as any other.</summary>
    private static void Orthonormalize(Span<float> gate)
    {
        for (int column = 0; column < 4; column++)
        {
            for (int previous = 0; previous < column; previous++)
            {
                float dot = 0;
                for (int row = 0; row < 4; row++)
                {
                    dot += gate[(4 * row) + column] * gate[(4 * row) + previous];
                }

                for (int row = 0; row < 4; row++)
                {
                    gate[(4 * row) + column] -= dot * gate[(4 * row) + previous];
                }
            }

            float square = 0;
            for (int row = 0; row < 4; row++)
            {
                square += gate[(4 * row) + column] * gate[(4 * row) + column];
            }

            for (int row = 0; row < 4; row++)
            {
                gate[(4 * row) + column] /= MathF.Sqrt(square);
            }
        }
    }

    private int GateOf(int stored) => Shape.StoredEntries[stored] / BrickWallShape.GateLength;

    private void FillGates()
    {
        Values.Value.CopyTo(_values);
        for (int i = 0; i < _values.Length; i++)
        {
            _gates[Shape.StoredEntries[i]] = _values[i];
        }
    }
}
