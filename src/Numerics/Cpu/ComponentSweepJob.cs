using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Sweeps over a factor in fixed pieces; every piece has sums of its own.</summary>
/// <typeparam name="TVisitor">The work.</typeparam>
internal readonly unsafe struct ComponentSweepJob<TVisitor> : IPieceJob
    where TVisitor : struct, IComponentVisitor
{
    private readonly TVisitor _visitor;
    private readonly RankAxis _axis;
    private readonly float* _perComponent;
    private readonly float _scale;
    private readonly long _length;
    private readonly long _pieceLength;
    private readonly double[] _sums;

    /// <summary>Initializes a new instance of the <see cref="ComponentSweepJob{TVisitor}"/> struct.</summary>
    /// <param name="visitor">The work.</param>
    /// <param name="axis">The components.</param>
    /// <param name="perComponent">λ, or null.</param>
    /// <param name="scale">w.</param>
    /// <param name="sums">Receives axis.Size sums for each piece.</param>
    internal ComponentSweepJob(TVisitor visitor, RankAxis axis, float* perComponent, float scale, double[] sums)
    {
        _visitor = visitor;
        _axis = axis;
        _perComponent = perComponent;
        _scale = scale;
        _length = axis.Outer * axis.Size * axis.Inner;
        _pieceLength = ComponentSweep.PieceLength(axis, _length);
        _sums = sums;
    }

    /// <summary>Gets the number of pieces of a factor.</summary>
    /// <param name="axis">The components.</param>
    /// <returns>The number of pieces.</returns>
    internal static int Pieces(RankAxis axis)
    {
        long length = axis.Outer * axis.Size * axis.Inner;
        long piece = ComponentSweep.PieceLength(axis, length);
        return checked((int)((length + piece - 1) / piece));
    }

    /// <inheritdoc/>
    public void Run(int piece)
    {
        long start = piece * _pieceLength;
        ComponentSweep.Run(
            _visitor, _axis, _perComponent, _scale, start, Math.Min(_length, start + _pieceLength), _sums.AsSpan(piece * _axis.Size, _axis.Size));
    }
}
