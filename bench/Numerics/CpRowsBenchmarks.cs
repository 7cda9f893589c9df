using Dlrm.Numerics;

namespace Dlrm.Bench.Numerics;

/// <summary>Rows of a CP table of CP rank 350.</summary>
public class CpRowsBenchmarks : TableRowsBenchmarks
{
    private static readonly CpShape Shape = new(TableRows, [200, 220, 250], [EmbeddingDim], 350);

    private ICpWorkspace _workspace = null!;

    /// <inheritdoc/>
    protected override long[] Lengths => [.. Enumerable.Range(0, Shape.Order).Select(Shape.FactorLength)];

    /// <inheritdoc/>
    protected override void EvaluateRows() => Device.CpRows(Shape, Factors, Groups, _workspace, Rows);

    /// <inheritdoc/>
    protected override void AddGradients() => Device.CpRowGradients(Shape, Factors, Groups, _workspace, Rows, Gradients);

    /// <inheritdoc/>
    protected override void CreateWorkspace() => _workspace = Device.CreateCpWorkspace();

    /// <inheritdoc/>
    protected override void DisposeWorkspace() => _workspace.Dispose();
}
