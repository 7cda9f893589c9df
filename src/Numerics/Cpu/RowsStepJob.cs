using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Steps the touched rows of a table; every row has one gradient, so rows do not depend on one another.</summary>
/// <typeparam name="TRule">The optimiser.</typeparam>
internal readonly unsafe struct RowsStepJob<TRule> : IPieceJob
    where TRule : struct, IStepRule
{
    private const int PieceRows = 128;

    private readonly TRule _rule;
    private readonly float* _table;
    private readonly float* _gradients;
    private readonly float* _first;
    private readonly float* _second;
    private readonly long* _rows;
    private readonly int _count;
    private readonly int _dim;
    private readonly long _tableStride;
    private readonly long _gradientStride;

    /// <summary>Initializes a new instance of the <see cref="RowsStepJob{TRule}"/> struct.</summary>
    /// <param name="rule">The optimiser's numbers.</param>
    /// <param name="table">The table's address.</param>
    /// <param name="tableView">(Rows, D).</param>
    /// <param name="gradients">The gradients' address.</param>
    /// <param name="gradientView">(U, D).</param>
    /// <param name="first">The first state, (Rows, D) without gaps, or null.</param>
    /// <param name="second">The second state, or null.</param>
    /// <param name="rows">The touched rows.</param>
    /// <param name="count">How many.</param>
    internal RowsStepJob(TRule rule, float* table, Matrix tableView, float* gradients, Matrix gradientView, float* first, float* second, long* rows, int count)
    {
        _rule = rule;
        _table = table;
        _gradients = gradients;
        _first = first;
        _second = second;
        _rows = rows;
        _count = count;
        _dim = tableView.Columns;
        _tableStride = tableView.Stride;
        _gradientStride = gradientView.Stride;
    }

    /// <summary>Gets the number of pieces.</summary>
    internal int Pieces => (_count + PieceRows - 1) / PieceRows;

    /// <inheritdoc/>
    public void Run(int piece)
    {
        int end = Math.Min(_count, (piece + 1) * PieceRows);
        for (int u = piece * PieceRows; u < end; u++)
        {
            PrefetchKernels.Lines(_table + (_rows[Math.Min(u + PrefetchKernels.Distance, end - 1)] * _tableStride), _dim);
            long row = _rows[u];
            long state = row * _dim;
            OptimizerKernels.Apply(
                _rule, _table + (row * _tableStride), _gradients + (u * _gradientStride), _first + state, _second + state, _dim);
        }
    }
}
