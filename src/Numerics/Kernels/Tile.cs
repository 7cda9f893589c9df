namespace Dlrm.Numerics.Kernels;

/// <summary>The operands of one <see cref="TileKernels"/> call.</summary>
internal unsafe struct Tile
{
    /// <summary>Element (0, 0) of A.</summary>
    internal float* A;

    /// <summary>Elements of A between rows.</summary>
    internal nint ARow;

    /// <summary>Elements of A between two p.</summary>
    internal nint ADepth;

    /// <summary>Elements of A from a full tile of rows to the next one.</summary>
    internal nint ATile;

    /// <summary>Element (0, 0) of B.</summary>
    internal float* B;

    /// <summary>Elements of B between two p.</summary>
    internal nint BDepth;

    /// <summary>The number of products of a sum.</summary>
    internal int Depth;

    /// <summary>Element (0, 0) of C.</summary>
    internal float* C;

    /// <summary>Elements of C between rows.</summary>
    internal nint CRow;

    /// <summary>The bias of column 0, readable for whole vectors; or null.</summary>
    internal float* Bias;

    /// <summary>Whether C is added to.</summary>
    internal bool Accumulate;

    /// <summary>Whether max(·, 0) comes last.</summary>
    internal bool Relu;
}
