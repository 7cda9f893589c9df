using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Applies one pass of a layer to a state.</summary>
internal readonly unsafe struct BrickWallJob : IPieceJob
{
    private readonly BrickWallPass _pass;
    private readonly float* _gates;
    private readonly float* _source;
    private readonly float* _destination;
    private readonly float _slope;
    private readonly ScratchSlots _scratch;
    private readonly int _pieces;

    /// <summary>Initializes a new instance of the <see cref="BrickWallJob"/> struct.</summary>
    /// <param name="pass">The sites.</param>
    /// <param name="gates">The gates of the pass in their order.</param>
    /// <param name="source">The state; null: v ⊗ … ⊗ v.</param>
    /// <param name="destination">Receives the state; may be the source.</param>
    /// <param name="slope">The slope of the leaky ReLU that follows; 1: none does.</param>
    /// <param name="scratch">A panel for each thread.</param>
    /// <param name="pieces">How many runs of panels there are.</param>
    internal BrickWallJob(BrickWallPass pass, float* gates, float* source, float* destination, float slope, ScratchSlots scratch, int pieces)
    {
        _pass = pass;
        _gates = gates;
        _source = source;
        _destination = destination;
        _slope = slope;
        _scratch = scratch;
        _pieces = pieces;
    }

    /// <inheritdoc/>
    public void Run(int piece)
    {
        float* panel = _scratch.Rent(out int slot);
        long end = _pass.Panels * (piece + 1) / _pieces;
        for (long p = _pass.Panels * piece / _pieces; p < end; p++)
        {
            _pass.LoadOrStart(_source, p, panel);

            // Of v ⊗ … ⊗ v every panel but the first is zero, and stays so.
            for (int gate = 0; gate < _pass.Gates && (_source is not null || p == 0); gate++)
            {
                BrickWallKernels.Apply(panel, panel, _pass.Sites, _pass.SiteOf(gate), _gates + (gate * BrickWallShape.GateLength));
            }

            if (_slope != 1)
            {
                BrickWallKernels.LeakyRelu(new Span<float>(panel, _pass.PanelLength), _slope);
            }

            _pass.Store(panel, _destination, p);
        }

        _scratch.Return(slot);
    }
}
