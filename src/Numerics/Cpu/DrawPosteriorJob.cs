using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Draws a factor from its posterior.</summary>
internal readonly unsafe struct DrawPosteriorJob : IPieceJob
{
    private const int PieceLength = 8192;

    private readonly float* _mean;
    private readonly float* _logDeviation;
    private readonly RandomStream _stream;
    private readonly float* _draw;
    private readonly long _length;

    /// <summary>Initializes a new instance of the <see cref="DrawPosteriorJob"/> struct.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="logDeviation">ρ.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="draw">Receives Φ.</param>
    /// <param name="length">The number of entries.</param>
    internal DrawPosteriorJob(float* mean, float* logDeviation, RandomStream stream, float* draw, long length)
    {
        _mean = mean;
        _logDeviation = logDeviation;
        _stream = stream;
        _draw = draw;
        _length = length;
    }

    /// <summary>Gets the number of pieces.</summary>
    internal int Pieces => checked((int)((_length + PieceLength - 1) / PieceLength));

    /// <inheritdoc/>
    public void Run(int piece)
    {
        long start = (long)piece * PieceLength;
        PosteriorKernels.Draw(_mean, _logDeviation, _stream, _draw, start, Math.Min(_length, start + PieceLength));
    }
}
