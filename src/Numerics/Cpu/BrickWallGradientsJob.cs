using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Takes a gradient back through one pass of a layer, and sums those of its gates.</summary>
/// <remarks>The inputs of all gates are computed again for one panel at a time: scratch is a panel for each gate and one for the gradient.</remarks>
internal readonly unsafe struct BrickWallGradientsJob : IPieceJob
{
    private readonly BrickWallPass _pass;
    private readonly float* _gates;
    private readonly float* _transposed;
    private readonly float* _source;
    private readonly float* _activated;
    private readonly float _slope;
    private readonly float* _gradient;
    private readonly double* _sums;
    private readonly ScratchSlots _scratch;
    private readonly int _pieces;

    /// <summary>Initializes a new instance of the <see cref="BrickWallGradientsJob"/> struct.</summary>
    /// <param name="pass">The sites.</param>
    /// <param name="gates">The gates of the pass in their order.</param>
    /// <param name="transposed">The same, transposed.</param>
    /// <param name="source">The state before the pass; null: v ⊗ … ⊗ v.</param>
    /// <param name="activated">The output of the leaky ReLU that follows; null: none does.</param>
    /// <param name="slope">Its slope.</param>
    /// <param name="gradient">The gradient after the pass; becomes that before it, but is left alone where nothing comes before.</param>
    /// <param name="sums">Receives the gradients of the gates, one part for each piece.</param>
    /// <param name="scratch">A panel for each gate and one more, for each thread.</param>
    /// <param name="pieces">How many runs of panels there are.</param>
    internal BrickWallGradientsJob(
        BrickWallPass pass, float* gates, float* transposed, float* source, float* activated, float slope, float* gradient, double* sums, ScratchSlots scratch, int pieces)
    {
        _pass = pass;
        _gates = gates;
        _transposed = transposed;
        _source = source;
        _activated = activated;
        _slope = slope;
        _gradient = gradient;
        _sums = sums;
        _scratch = scratch;
        _pieces = pieces;
    }

    /// <inheritdoc/>
    public void Run(int piece)
    {
        int length = _pass.PanelLength;
        int gates = _pass.Gates;
        double* sums = _sums + ((long)piece * gates * BrickWallShape.GateLength);
        new Span<double>(sums, gates * BrickWallShape.GateLength).Clear();
        float* inputs = _scratch.Rent(out int slot);
        float* gradient = inputs + ((long)gates * length);
        long end = _pass.Panels * (piece + 1) / _pieces;
        for (long p = _pass.Panels * piece / _pieces; p < end && (_source is not null || p == 0); p++)
        {
            _pass.LoadOrStart(_source, p, inputs);
            for (int gate = 0; gate + 1 < gates; gate++)
            {
                float* input = inputs + ((long)gate * length);
                BrickWallKernels.Apply(input, input + length, _pass.Sites, _pass.SiteOf(gate), _gates + (gate * BrickWallShape.GateLength));
            }

            LoadGradient(p, gradient, inputs + ((long)(gates + 1) * length));
            for (int gate = gates - 1; gate >= 0; gate--)
            {
                int site = _pass.SiteOf(gate);
                BrickWallKernels.AddGateGradient(inputs + ((long)gate * length), gradient, _pass.Sites, site, sums + (gate * BrickWallShape.GateLength));
                BrickWallKernels.Apply(gradient, gradient, _pass.Sites, site, _transposed + (gate * BrickWallShape.GateLength));
            }

            if (_source is not null)
            {
                _pass.Store(gradient, _gradient, p);
            }
        }

        _scratch.Return(slot);
    }

    private void LoadGradient(long panel, float* gradient, float* output)
    {
        _pass.Load(_gradient, panel, gradient);
        if (_activated is not null)
        {
            _pass.Load(_activated, panel, output);
            BrickWallKernels.LeakyReluGradient(new ReadOnlySpan<float>(output, _pass.PanelLength), new Span<float>(gradient, _pass.PanelLength), _slope);
        }
    }
}
