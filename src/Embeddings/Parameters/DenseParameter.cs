using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A tensor whose every entry is trained each step: weights and biases of linear layers.</summary>
public sealed class DenseParameter : Parameter
{
    private readonly IDevice _device;
    private readonly long[] _shape;
    private readonly OptimizerOptions _optimizer;
    private readonly DeviceBuffer<float>? _firstMoment;
    private readonly DeviceBuffer<float>? _secondMoment;

    /// <summary>Initializes a new instance of the <see cref="DenseParameter"/> class, filled with zeros.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="shape">The shape, row-major.</param>
    /// <param name="optimizer">The optimiser; row-wise Adagrad means Adagrad here.</param>
    public DenseParameter(IDevice device, string name, ReadOnlySpan<long> shape, OptimizerOptions optimizer)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(optimizer);
        _device = device;
        _shape = shape.ToArray();
        _optimizer = optimizer;
        long length = 1;
        foreach (long size in shape)
        {
            length = checked(length * size);
        }

        Value = device.Allocate<float>(length);
        Gradient = device.Allocate<float>(length);
        _firstMoment = optimizer.Kind == OptimizerKind.Adam ? device.Allocate<float>(length) : null;
        _secondMoment = optimizer.Kind != OptimizerKind.Sgd ? device.Allocate<float>(length) : null;
    }

    /// <summary>Gets the values.</summary>
    public DeviceBuffer<float> Value { get; }

    /// <summary>Gets the gradient, which backward passes add to.</summary>
    public DeviceBuffer<float> Gradient { get; }

    /// <inheritdoc/>
    public override long StoredElements => Value.Length;

    /// <inheritdoc/>
    public override long WorkingBytes => sizeof(float) * (Gradient.Length + (_firstMoment?.Length ?? 0) + (_secondMoment?.Length ?? 0));

    /// <inheritdoc/>
    public override void ClearGradient() => Gradient.Clear();

    /// <inheritdoc/>
    public override double GradientSumOfSquares() => _device.SumOfSquares(Gradient);

    /// <inheritdoc/>
    public override void CollectGradients(ICollection<DeviceBuffer<float>> buffers)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        buffers.Add(Gradient);
    }

    /// <inheritdoc/>
    public override void Step(in StepContext context)
    {
        float learningRate = (float)_optimizer.LearningRate * context.LearningRateFactor;
        switch (_optimizer.Kind)
        {
            case OptimizerKind.Sgd:
                _device.SgdStep(Value, Gradient, learningRate, context.GradientScale);
                break;
            case OptimizerKind.Adam:
                _device.AdamStep(Value, Gradient, _firstMoment!, _secondMoment!, _optimizer.AdamArguments(context));
                break;
            default:
                _device.AdagradStep(Value, Gradient, _secondMoment!, learningRate, (float)_optimizer.Epsilon, context.GradientScale);
                break;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Names: <c>NAME</c>; optimiser: <c>NAME.m</c>, <c>NAME.v</c>.</remarks>
    public override void Save(IStateWriter writer, StateParts parts)
    {
        foreach ((string name, StateParts part, DeviceBuffer<float> buffer) in State())
        {
            if (parts.HasFlag(part))
            {
                writer.Write(name, _shape, buffer);
            }
        }
    }

    /// <inheritdoc/>
    public override void Load(IStateReader reader, StateParts parts)
    {
        foreach ((string name, StateParts part, DeviceBuffer<float> buffer) in State())
        {
            if (parts.HasFlag(part))
            {
                reader.ReadExactly(name, _shape, buffer);
            }
        }
    }

    /// <inheritdoc/>
    public override bool IsFinite() => double.IsFinite(_device.SumOfSquares(Value));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Value.Dispose();
        Gradient.Dispose();
        _firstMoment?.Dispose();
        _secondMoment?.Dispose();
    }

    /// <summary>Multiplies every value by a factor; the moments become those of the new values.</summary>
    /// <remarks><code>θ' = a·θ:  ∂/∂θ' = (∂/∂θ)/a,  m' = m/a,  v' = v/a²</code></remarks>
    /// <param name="factors">a, one for each value, none 0.</param>
    internal void Rescale(ReadOnlySpan<float> factors)
    {
        foreach ((DeviceBuffer<float>? buffer, int power) in (ReadOnlySpan<(DeviceBuffer<float>?, int)>)[(Value, 1), (_firstMoment, -1), (_secondMoment, -2)])
        {
            if (buffer is not null)
            {
                float[] numbers = buffer.ToArray();
                for (int i = 0; i < numbers.Length; i++)
                {
                    numbers[i] *= power == 1 ? factors[i] : power == -1 ? 1 / factors[i] : 1 / (factors[i] * factors[i]);
                }

                buffer.CopyFrom(numbers);
            }
        }
    }

    private IEnumerable<(string Name, StateParts Part, DeviceBuffer<float> Buffer)> State()
    {
        yield return (Name, StateParts.Values, Value);
        if (_firstMoment is not null)
        {
            yield return ($"{Name}.m", StateParts.Optimizer, _firstMoment);
        }

        if (_secondMoment is not null)
        {
            yield return ($"{Name}.v", StateParts.Optimizer, _secondMoment);
        }
    }
}
