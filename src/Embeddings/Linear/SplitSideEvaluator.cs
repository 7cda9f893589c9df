using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Evaluates one matrix of a split on a device, and its gradients.</summary>
/// <param name="device">The device.</param>
internal sealed class SplitSideEvaluator(IDevice device) : IDisposable
{
    private readonly RowGroups _rows = new(device);
    private readonly List<DeviceBuffer<float>> _owned = [];
    private IRowEvaluator? _evaluator;
    private SplitSide? _side;
    private DeviceBuffer<float>[] _factors = [];
    private DeviceBuffer<float>[] _gradients = [];

    /// <summary>Evaluates every row.</summary>
    /// <param name="side">The matrix.</param>
    /// <param name="factors">The factors of the whole.</param>
    /// <param name="rows">Receives the matrix.</param>
    internal void Evaluate(SplitSide side, ReadOnlySpan<DeviceBuffer<float>> factors, Matrix rows)
    {
        Use(side);
        Fill(factors, _factors);
        _evaluator!.Rows(side.Format, _factors, _rows, rows);
    }

    /// <summary>Adds the gradient of the last <see cref="Evaluate"/>.</summary>
    /// <param name="factors">The factors of the whole, unchanged since.</param>
    /// <param name="rowGradients">The gradient of the matrix.</param>
    /// <param name="factorGradients">Those of the whole; are added to.</param>
    internal void Gradients(ReadOnlySpan<DeviceBuffer<float>> factors, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        Fill(factors, _factors);
        Fill(factorGradients, _gradients);
        for (int k = 0; k < _gradients.Length; k++)
        {
            if (_side!.Factors[k] < 0)
            {
                _gradients[k].Clear();
            }
        }

        _evaluator!.RowGradients(_side!.Format, _factors, _rows, rowGradients, _gradients);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _evaluator?.Dispose();
        foreach (DeviceBuffer<float> buffer in _owned)
        {
            buffer.Dispose();
        }
    }

    private void Use(SplitSide side)
    {
        if (ReferenceEquals(_side, side))
        {
            return;
        }

        // Ranks have changed: rows, columns and identities are others.
        _side = side;
        _evaluator ??= side.Format.CreateRowEvaluator(device);
        device.GroupRows(AllRows.Of(side.Format.Rows), _rows);
        foreach (DeviceBuffer<float> buffer in _owned)
        {
            buffer.Dispose();
        }

        _owned.Clear();
        _factors = new DeviceBuffer<float>[side.Factors.Count];
        _gradients = new DeviceBuffer<float>[side.Factors.Count];
        for (int k = 0; k < _factors.Length; k++)
        {
            if (side.Factors[k] < 0)
            {
                float[] identity = Identity((int)side.Format.Factors[k].Length);
                _factors[k] = device.Allocate<float>(identity.Length);
                _factors[k].CopyFrom(identity);
                _gradients[k] = device.Allocate<float>(identity.Length);
                _owned.AddRange([_factors[k], _gradients[k]]);
            }
        }
    }

    private static float[] Identity(int length)
    {
        int size = (int)Math.Round(Math.Sqrt(length));
        float[] identity = new float[length];
        for (int i = 0; i < size; i++)
        {
            identity[i * (size + 1)] = 1;
        }

        return identity;
    }

    private void Fill(ReadOnlySpan<DeviceBuffer<float>> whole, DeviceBuffer<float>[] own)
    {
        for (int k = 0; k < own.Length; k++)
        {
            own[k] = _side!.Factors[k] < 0 ? own[k] : whole[_side.Factors[k]];
        }
    }
}
