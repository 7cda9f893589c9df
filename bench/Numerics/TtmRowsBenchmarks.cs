using Dlrm.Numerics;

namespace Dlrm.Bench.Numerics;

/// <summary>Rows of a TT-matrix of TT ranks 16, for comparison.</summary>
public class TtmRowsBenchmarks : TableRowsBenchmarks
{
    private static readonly TtmShape Shape = new(TableRows, [200, 220, 250], [4, 4, 8], [1, 16, 16, 1]);

    private ITtmWorkspace _workspace = null!;

    /// <inheritdoc/>
    protected override long[] Lengths => [.. Enumerable.Range(0, Shape.Order).Select(Shape.CoreLength)];

    /// <inheritdoc/>
    protected override void EvaluateRows() => Device.TtmRows(Shape, Factors, Groups, _workspace, Rows);

    /// <inheritdoc/>
    protected override void AddGradients() => Device.TtmRowGradients(Shape, Factors, Groups, _workspace, Rows, Gradients);

    /// <inheritdoc/>
    protected override void CreateWorkspace() => _workspace = Device.CreateTtmWorkspace();

    /// <inheritdoc/>
    protected override void DisposeWorkspace() => _workspace.Dispose();
}
