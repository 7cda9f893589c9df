using System.Numerics.Tensors;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Fills rows with uniform numbers, each row with those of its number in a larger matrix.</summary>
internal readonly unsafe struct UniformRowsJob : IPieceJob
{
    private readonly float* _destination;
    private readonly int _rows;
    private readonly int _columns;
    private readonly RandomStream _stream;
    private readonly float _halfWidth;
    private readonly long _firstRow;
    private readonly long _rowStep;
    private readonly int _inPiece;

    /// <summary>Initializes a new instance of the <see cref="UniformRowsJob"/> struct.</summary>
    /// <param name="destination">The address of the rows.</param>
    /// <param name="view">Their shape.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="halfWidth">Half the width of the interval.</param>
    /// <param name="firstRow">The first row's number.</param>
    /// <param name="rowStep">From one row's number to the next one's.</param>
    /// <param name="inPiece">The rows of a piece.</param>
    internal UniformRowsJob(float* destination, Matrix view, RandomStream stream, float halfWidth, long firstRow, long rowStep, int inPiece)
    {
        _destination = destination;
        _rows = view.Rows;
        _columns = view.Columns;
        _stream = stream;
        _halfWidth = halfWidth;
        _firstRow = firstRow;
        _rowStep = rowStep;
        _inPiece = inPiece;
    }

    /// <inheritdoc/>
    public void Run(int piece)
    {
        int end = (int)Math.Min(_rows, (piece + 1L) * _inPiece);
        for (int row = piece * _inPiece; row < end; row++)
        {
            Span<float> numbers = new(_destination + ((nint)row * _columns), _columns);
            PhiloxKernels.Uniform(_stream, (_firstRow + (row * _rowStep)) * _columns, numbers);

            // As FillUniform: 2u − 1 is exact, so the product is rounded once.
            TensorPrimitives.Multiply(numbers, 2f, numbers);
            TensorPrimitives.Subtract(numbers, 1f, numbers);
            TensorPrimitives.Multiply(numbers, _halfWidth, numbers);
        }
    }
}
