using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Steps the touched rows of a table with one accumulator a row.</summary>
internal readonly unsafe struct RowwiseAdagradJob : IPieceJob
{
    private const int PieceRows = 128;

    private readonly AdagradRule _arguments;
    private readonly float* _table;
    private readonly float* _gradients;
    private readonly float* _rowSums;
    private readonly long* _rows;
    private readonly int _count;
    private readonly int _dim;
    private readonly long _tableStride;
    private readonly long _gradientStride;

    /// <summary>Initializes a new instance of the <see cref="RowwiseAdagradJob"/> struct.</summary>
    /// <param name="arguments">lr, ε and the gradient's scale.</param>
    /// <param name="table">The table's address.</param>
    /// <param name="tableView">(Rows, D).</param>
    /// <param name="gradients">The gradients' address.</param>
    /// <param name="gradientView">(U, D).</param>
    /// <param name="rowSums">One accumulator for each row.</param>
    /// <param name="rows">The touched rows.</param>
    /// <param name="count">How many.</param>
    internal RowwiseAdagradJob(AdagradRule arguments, float* table, Matrix tableView, float* gradients, Matrix gradientView, float* rowSums, long* rows, int count)
    {
        _arguments = arguments;
        _table = table;
        _gradients = gradients;
        _rowSums = rowSums;
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
            long ahead = _rows[Math.Min(u + PrefetchKernels.Distance, end - 1)];
            PrefetchKernels.Lines(_rowSums + ahead, 1);
            PrefetchKernels.Lines(_table + (ahead * _tableStride), _dim);
            long row = _rows[u];
            float* gradient = _gradients + (u * _gradientStride);
            float sum = (float)(_rowSums[row] + (OptimizerKernels.SumOfSquares(gradient, _dim, _arguments.GradientScale) / _dim));
            _rowSums[row] = sum;
            RowwiseAdagradRule rule = new(_arguments.LearningRate, _arguments.GradientScale, MathF.Sqrt(sum) + _arguments.Epsilon);
            OptimizerKernels.Apply(rule, _table + (row * _tableStride), gradient, null, null, _dim);
        }
    }
}
