using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The two chains of a split TT-matrix, each by the device's row operators.</summary>
/// <param name="device">The device.</param>
internal sealed class TtmSplitEvaluator(IDevice device) : ISplitEvaluator
{
    private readonly ITtmWorkspace _leftWorkspace = device.CreateTtmWorkspace();
    private readonly ITtmWorkspace _rightWorkspace = device.CreateTtmWorkspace();
    private readonly RowGroups _leftRows = new(device);
    private readonly RowGroups _rightRows = new(device);
    private LowRankFormat? _format;

    /// <inheritdoc/>
    public void Evaluate(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, Matrix left, Matrix right)
    {
        TtmSplit split = SplitOf(format);
        device.TtmRows(split.Left, factors[..split.Cut], _leftRows, _leftWorkspace, left);
        device.TtmRows(split.Right, factors[split.Cut..], _rightRows, _rightWorkspace, right);
    }

    /// <inheritdoc/>
    public void Gradients(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, Matrix leftGradient, Matrix rightGradient, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        TtmSplit split = SplitOf(format);
        device.TtmRowGradients(split.Left, factors[..split.Cut], _leftRows, _leftWorkspace, leftGradient, factorGradients[..split.Cut]);
        device.TtmRowGradients(split.Right, factors[split.Cut..], _rightRows, _rightWorkspace, rightGradient, factorGradients[split.Cut..]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _leftWorkspace.Dispose();
        _rightWorkspace.Dispose();
        _leftRows.Dispose();
        _rightRows.Dispose();
    }

    private TtmSplit SplitOf(LowRankFormat format)
    {
        TtmSplit split = ((TtmFormat)format).Chains!;
        if (!ReferenceEquals(_format, format))
        {
            // Ranks have changed: s is another number of rows.
            _format = format;
            device.GroupRows(AllRows.Of(split.Left.Rows), _leftRows);
            device.GroupRows(AllRows.Of(split.Right.Rows), _rightRows);
        }

        return split;
    }
}
