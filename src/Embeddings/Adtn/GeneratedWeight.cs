using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A matrix of weights that is computed from far fewer trained numbers.</summary>
/// <remarks>
/// <code>W = f(θ)        ∂loss/∂θ = (∂f/∂θ)ᵀ · ∂loss/∂W</code>
/// <para>The whole matrix is rebuilt when it is asked for and θ has changed: once a step in training, once after loading for inference.
/// So it saves storage and transfer, not memory at work.</para>
/// </remarks>
public abstract class GeneratedWeight : Parameter
{
    private bool _isCurrent;

    /// <summary>Initializes a new instance of the <see cref="GeneratedWeight"/> class.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="rows">The rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="storedElements">The length of θ.</param>
    /// <param name="optimizer">The optimiser of θ.</param>
    protected GeneratedWeight(IDevice device, string name, int rows, int columns, long storedElements, OptimizerOptions optimizer)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(device);
        Device = device;
        Rows = rows;
        Columns = columns;
        Values = new DenseParameter(device, name, [storedElements], optimizer);
    }

    /// <summary>Gets the rows of the matrix.</summary>
    public int Rows { get; }

    /// <summary>Gets its columns.</summary>
    public int Columns { get; }

    /// <summary>Gets θ; after writing to it, call <see cref="Invalidate"/>.</summary>
    public DenseParameter Values { get; }

    /// <summary>Gets the kind and shape in a few words, for reports.</summary>
    public abstract string Description { get; }

    /// <inheritdoc/>
    public override long StoredElements => Values.StoredElements;

    /// <summary>Gets memory for the gradient of the matrix, which <see cref="PullBack"/> takes; its entries are whatever is there.</summary>
    public abstract Matrix WeightGradient { get; }

    /// <summary>Gets the bytes of the rebuilt matrix and what its gradient needs.</summary>
    public abstract long RebuildBytes { get; }

    /// <inheritdoc/>
    public override long WorkingBytes => Values.WorkingBytes + RebuildBytes;

    /// <summary>Gets the device.</summary>
    protected IDevice Device { get; }

    /// <summary>Gets the degree of f: <c>f(a·θ) = a^degree · f(θ)</c> for a above 0.</summary>
    protected abstract int Degree { get; }

    /// <summary>Gets how many of the last numbers of θ the matrix is linear in: when their sign changes, so does its.</summary>
    protected abstract int LinearElements { get; }

    /// <summary>Gets where the matrix is rebuilt.</summary>
    protected abstract Matrix Target { get; }

    /// <summary>Gets the matrix, rebuilt when θ has changed.</summary>
    /// <returns>The matrix, good until θ changes.</returns>
    public Matrix Rebuild()
    {
        if (!_isCurrent)
        {
            Evaluate();
            _isCurrent = true;
        }

        return Target;
    }

    /// <summary>Adds to the gradient of θ what <see cref="WeightGradient"/> makes of it, and spoils that.</summary>
    public void PullBack()
    {
        Rebuild();
        AddGradients();
    }

    /// <summary>Scales θ so that the matrix has a given norm; its direction stays, or is turned round.</summary>
    /// <param name="norm">‖W‖, Frobenius; above 0.</param>
    /// <param name="isNegated">Whether W becomes a multiple of −W.</param>
    /// <exception cref="NotFiniteNumberException">The matrix is zero or not finite.</exception>
    public void ScaleTo(double norm, bool isNegated = false)
    {
        double present = Norm();
        if (!(present > 0 && double.IsFinite(present)))
        {
            throw new NotFiniteNumberException($"'{Name}' has norm {present} and can't be scaled to {norm}: start from another seed.", present);
        }

        float[] factors = new float[Values.Value.Length];
        Array.Fill(factors, (float)Math.Pow(norm / present, 1.0 / Degree));
        if (isNegated)
        {
            foreach (ref float factor in factors.AsSpan()[^LinearElements..])
            {
                factor = -factor;
            }
        }

        Values.Rescale(factors);
        Invalidate();
    }

    /// <summary>Computes ‖W‖, Frobenius; spoils <see cref="WeightGradient"/>.</summary>
    /// <returns>The norm.</returns>
    public double Norm()
    {
        Matrix matrix = Rebuild();
        Matrix copy = WeightGradient;
        long numbers = (long)Rows * Columns;
        Device.Copy(matrix.Buffer, matrix.Offset, copy.Buffer, copy.Offset, numbers);
        return Math.Sqrt(Device.SumOfSquares(copy.Buffer, numbers));
    }

    /// <summary>Says that θ has been written to.</summary>
    public void Invalidate() => _isCurrent = false;

    /// <inheritdoc/>
    public override void ClearGradient() => Values.ClearGradient();

    /// <inheritdoc/>
    public override double GradientSumOfSquares() => Values.GradientSumOfSquares();

    /// <inheritdoc/>
    public override void CollectGradients(ICollection<DeviceBuffer<float>> buffers) => Values.CollectGradients(buffers);

    /// <inheritdoc/>
    public override void Step(in StepContext context)
    {
        Values.Step(context);
        Invalidate();
    }

    /// <inheritdoc/>
    public override void Save(IStateWriter writer, StateParts parts) => Values.Save(writer, parts);

    /// <inheritdoc/>
    public override void Load(IStateReader reader, StateParts parts)
    {
        Values.Load(reader, parts);
        Invalidate();
    }

    /// <inheritdoc/>
    public override bool IsFinite() => Values.IsFinite();

    /// <summary>Computes the matrix.</summary>
    protected abstract void Evaluate();

    /// <summary>Adds to the gradient of θ; the matrix is that of θ.</summary>
    protected abstract void AddGradients();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Values.Dispose();
}
