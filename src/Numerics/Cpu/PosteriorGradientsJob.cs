using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Adds one piece's gradient to those of μ and ρ.</summary>
internal readonly unsafe struct PosteriorGradientsJob : IPieceJob
{
    private const int PieceLength = 16384;

    private readonly float* _gradient;
    private readonly float* _draw;
    private readonly float* _mean;
    private readonly float* _meanGradient;
    private readonly float* _logDeviationGradient;
    private readonly long _length;

    /// <summary>Initializes a new instance of the <see cref="PosteriorGradientsJob"/> struct.</summary>
    /// <param name="gradient">g.</param>
    /// <param name="draw">Φ.</param>
    /// <param name="mean">μ.</param>
    /// <param name="meanGradient">Is added to.</param>
    /// <param name="logDeviationGradient">Is added to.</param>
    /// <param name="length">The number of entries.</param>
    internal PosteriorGradientsJob(float* gradient, float* draw, float* mean, float* meanGradient, float* logDeviationGradient, long length)
    {
        _gradient = gradient;
        _draw = draw;
        _mean = mean;
        _meanGradient = meanGradient;
        _logDeviationGradient = logDeviationGradient;
        _length = length;
    }

    /// <summary>Gets the number of pieces.</summary>
    internal int Pieces => checked((int)((_length + PieceLength - 1) / PieceLength));

    /// <inheritdoc/>
    public void Run(int piece)
    {
        long start = (long)piece * PieceLength;
        PosteriorKernels.AccumulateGradients(
            _gradient + start, _draw + start, _mean + start, _meanGradient + start, _logDeviationGradient + start, Math.Min(PieceLength, _length - start));
    }
}
