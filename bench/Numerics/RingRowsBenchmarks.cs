using Dlrm.Numerics;

namespace Dlrm.Bench.Numerics;

/// <summary>Rows of a tensor ring of ranks 8, the column mode apart.</summary>
public class RingRowsBenchmarks : TableRowsBenchmarks
{
    private static readonly RingShape Shape = new(TableRows, [200, 220, 250, 1], [1, 1, 1, EmbeddingDim], [8, 8, 8, 8, 8]);

    private ITtmWorkspace _workspace = null!;

    /// <inheritdoc/>
    protected override long[] Lengths => [.. Enumerable.Range(0, Shape.Order).Select(Shape.CoreLength)];

    /// <inheritdoc/>
    protected override void EvaluateRows() => Device.RingRows(Shape, Factors, Groups, _workspace, Rows);

    /// <inheritdoc/>
    protected override void AddGradients() => Device.RingRowGradients(Shape, Factors, Groups, _workspace, Rows, Gradients);

    /// <inheritdoc/>
    protected override void CreateWorkspace() => _workspace = Device.CreateTtmWorkspace();

    /// <inheritdoc/>
    protected override void DisposeWorkspace() => _workspace.Dispose();
}
