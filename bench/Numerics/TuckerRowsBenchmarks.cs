using Dlrm.Numerics;

namespace Dlrm.Bench.Numerics;

/// <summary>Rows of a Tucker table of Tucker ranks 22.</summary>
public class TuckerRowsBenchmarks : TableRowsBenchmarks
{
    private static readonly TuckerShape Shape = new(TableRows, [200, 220, 250], [EmbeddingDim], [22, 22, 22, 22]);

    private ITuckerWorkspace _workspace = null!;

    /// <inheritdoc/>
    protected override long[] Lengths => [.. Enumerable.Range(0, Shape.Order).Select(Shape.FactorLength), Shape.CoreLength];

    /// <inheritdoc/>
    protected override void EvaluateRows() => Device.TuckerRows(Shape, Factors, Groups, _workspace, Rows);

    /// <inheritdoc/>
    protected override void AddGradients() => Device.TuckerRowGradients(Shape, Factors, Groups, _workspace, Rows, Gradients);

    /// <inheritdoc/>
    protected override void CreateWorkspace() => _workspace = Device.CreateTuckerWorkspace();

    /// <inheritdoc/>
    protected override void DisposeWorkspace() => _workspace.Dispose();
}
