using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Steps every weight of a buffer.</summary>
/// <typeparam name="TRule">The optimiser.</typeparam>
internal readonly unsafe struct DenseStepJob<TRule> : IPieceJob
    where TRule : struct, IStepRule
{
    private const int PieceLength = 16384;

    private readonly TRule _rule;
    private readonly float* _value;
    private readonly float* _gradient;
    private readonly float* _first;
    private readonly float* _second;
    private readonly long _length;

    /// <summary>Initializes a new instance of the <see cref="DenseStepJob{TRule}"/> struct.</summary>
    /// <param name="rule">The optimiser's numbers.</param>
    /// <param name="value">w.</param>
    /// <param name="gradient">g.</param>
    /// <param name="first">The first state, or null.</param>
    /// <param name="second">The second state, or null.</param>
    /// <param name="length">The number of weights.</param>
    internal DenseStepJob(TRule rule, float* value, float* gradient, float* first, float* second, long length)
    {
        _rule = rule;
        _value = value;
        _gradient = gradient;
        _first = first;
        _second = second;
        _length = length;
    }

    /// <summary>Gets the number of pieces.</summary>
    internal int Pieces => checked((int)((_length + PieceLength - 1) / PieceLength));

    /// <inheritdoc/>
    public void Run(int piece)
    {
        long start = (long)piece * PieceLength;
        OptimizerKernels.Apply(_rule, _value + start, _gradient + start, _first + start, _second + start, Math.Min(PieceLength, _length - start));
    }
}
