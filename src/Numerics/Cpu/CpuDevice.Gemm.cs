using System.Diagnostics;
using System.Runtime.Intrinsics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>Matrix products.</content>
public sealed partial class CpuDevice
{
    private readonly ScratchBuffer<float> _packedB = new();

    /// <inheritdoc/>
    public void Gemm(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, DeviceBuffer<float>? bias = null, Activation activation = Activation.None, bool accumulate = false)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Gemm<Lanes512, Vector512<float>>(a, transposeA, b, transposeB, c, bias, activation, accumulate);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Gemm<Lanes256, Vector256<float>>(a, transposeA, b, transposeB, c, bias, activation, accumulate);
        }
        else
        {
            Gemm<Lanes128, Vector128<float>>(a, transposeA, b, transposeB, c, bias, activation, accumulate);
        }
    }

    private unsafe void Gemm<TLanes, TVector>(
        Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, DeviceBuffer<float>? bias, Activation activation, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int depth = transposeA ? a.Rows : a.Columns;
        Debug.Assert((transposeA ? a.Columns : a.Rows) == c.Rows, "op(A) has the rows of C.");
        Debug.Assert((transposeB ? b.Rows : b.Columns) == c.Columns, "op(B) has the columns of C.");
        Debug.Assert((transposeB ? b.Columns : b.Rows) == depth, "op(A) has as many columns as op(B) has rows.");
        Debug.Assert(bias is null || bias.Length >= c.Columns, "The bias has a number for each column.");
        GemmProblem g = new()
        {
            M = c.Rows,
            N = c.Columns,
            K = depth,
            A = Pointer(a),
            ARow = transposeA ? 1 : a.Stride,
            ADepth = transposeA ? a.Stride : 1,
            B = Pointer(b),
            BDepth = transposeB ? 1 : b.Stride,
            BColumn = transposeB ? b.Stride : 1,
            C = Pointer(c),
            CRow = c.Stride,
            Bias = bias is null ? null : Pointer(bias),
            Accumulate = accumulate,
            Relu = activation == Activation.Relu,
        };
        if (g.M == 0 || g.N == 0)
        {
            return;
        }

        if (GemvKernels.IsFit(g))
        {
            _workers.Run(GemvKernels.Pieces(g), new GemvJob { Problem = g });
            return;
        }

        GemmKernels.Cut<TLanes, TVector>(ref g);
        if (GemmKernels.NeedsPacking(g))
        {
            g.PackedB = _packedB.Get((long)g.Panels * g.PanelColumns * g.K);
            const int SmallPacking = 1 << 15;
            int panels = (long)g.N * g.K > SmallPacking ? 1 : g.Panels;
            _workers.Run((g.Panels + panels - 1) / panels, new PackJob { Problem = g, PanelsInPiece = panels });
        }

        _workers.Run(g.Pieces, new GemmJob<TLanes, TVector> { Problem = g });
    }

    private struct GemvJob : IPieceJob
    {
        internal GemmProblem Problem;

        public readonly void Run(int piece) => GemvKernels.Piece(Problem, piece);
    }

    private struct PackJob : IPieceJob
    {
        internal GemmProblem Problem;
        internal int PanelsInPiece;

        public readonly void Run(int piece) =>
            GemmKernels.PackB(Problem, piece * PanelsInPiece, Math.Min((piece + 1) * PanelsInPiece, Problem.Panels));
    }

    private struct GemmJob<TLanes, TVector> : IPieceJob
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        internal GemmProblem Problem;

        public readonly void Run(int piece) => GemmKernels.Piece<TLanes, TVector>(Problem, piece);
    }
}
