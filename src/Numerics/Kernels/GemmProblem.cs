namespace Dlrm.Numerics.Kernels;

/// <summary>One matrix product C = f(op(A)·op(B) + bias + C) in memory, and how it is cut.</summary>
internal unsafe struct GemmProblem
{
    /// <summary>The number of products that are summed between two visits of C: one panel of B (2 vectors wide) stays in the first-level cache.</summary>
    internal const int DepthBlock = 256;

    /// <summary>Rows of C.</summary>
    internal int M;

    /// <summary>Columns of C.</summary>
    internal int N;

    /// <summary>The inner size.</summary>
    internal int K;

    /// <summary>Element (0, 0) of A.</summary>
    internal float* A;

    /// <summary>Elements between rows of op(A).</summary>
    internal nint ARow;

    /// <summary>Elements between columns of op(A).</summary>
    internal nint ADepth;

    /// <summary>Element (0, 0) of B.</summary>
    internal float* B;

    /// <summary>Elements between rows of op(B).</summary>
    internal nint BDepth;

    /// <summary>Elements between columns of op(B); 1 when B is not transposed.</summary>
    internal nint BColumn;

    /// <summary>Element (0, 0) of C.</summary>
    internal float* C;

    /// <summary>Elements between rows of C.</summary>
    internal nint CRow;

    /// <summary>N numbers, or null.</summary>
    internal float* Bias;

    /// <summary>Whether C is added to.</summary>
    internal bool Accumulate;

    /// <summary>Whether max(·, 0) comes last.</summary>
    internal bool Relu;

    /// <summary>Room for op(B) in panels; null when B is read in place.</summary>
    internal float* PackedB;

    /// <summary>Columns of a panel: two vectors.</summary>
    internal int PanelColumns;

    /// <summary>The number of panels.</summary>
    internal int Panels;

    /// <summary>Rows of C in a piece.</summary>
    internal int PieceRows;

    /// <summary>Panels in a piece.</summary>
    internal int PiecePanels;

    /// <summary>Gets the number of pieces side by side.</summary>
    internal readonly int PiecesAcross => (Panels + PiecePanels - 1) / PiecePanels;

    /// <summary>Gets the number of pieces.</summary>
    internal readonly int Pieces => (M + PieceRows - 1) / PieceRows * PiecesAcross;
}
