using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A trained tensor (or the factors of one) with its gradient and its optimiser's state.</summary>
public abstract class Parameter : IDisposable
{
    /// <summary>Initializes a new instance of the <see cref="Parameter"/> class.</summary>
    /// <param name="name">Its name in checkpoints, unique in a model: "tables.3", "bottom.0.weight".</param>
    protected Parameter(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>Gets the name in checkpoints.</summary>
    public string Name { get; }

    /// <summary>Gets the numbers that the compact model stores for it.</summary>
    public abstract long StoredElements { get; }

    /// <summary>Gets the bytes of the optimiser's state, gradients and posterior besides the stored numbers.</summary>
    public abstract long WorkingBytes { get; }

    /// <summary>Sets the gradient to zero; called before each step's backward passes.</summary>
    public abstract void ClearGradient();

    /// <summary>Sums the squares of the gradient; not finite when an entry is not.</summary>
    /// <returns>The sum.</returns>
    public abstract double GradientSumOfSquares();

    /// <summary>Lists the buffers of this step's gradient that data-parallel workers sum, in a fixed order; none for a gradient that has only some rows.</summary>
    /// <param name="buffers">Is added to.</param>
    public virtual void CollectGradients(ICollection<DeviceBuffer<float>> buffers)
    {
    }

    /// <summary>Takes one optimiser step with the gradient gathered since <see cref="ClearGradient"/>.</summary>
    /// <param name="context">The numbers that all parameters share.</param>
    public abstract void Step(in StepContext context);

    /// <summary>Writes the state, under names that start with <see cref="Name"/>.</summary>
    /// <param name="writer">Receives the tensors.</param>
    /// <param name="parts">What to write.</param>
    public abstract void Save(IStateWriter writer, StateParts parts);

    /// <summary>Reads what <see cref="Save"/> wrote; TT ranks change to those of the file.</summary>
    /// <param name="reader">Has the tensors.</param>
    /// <param name="parts">What to read.</param>
    public abstract void Load(IStateReader reader, StateParts parts);

    /// <summary>Says whether every stored number is finite.</summary>
    /// <returns>False when a value is NaN or infinite.</returns>
    public abstract bool IsFinite();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases device memory.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected abstract void Dispose(bool disposing);
}
