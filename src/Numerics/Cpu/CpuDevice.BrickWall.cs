using System.Diagnostics;

namespace Dlrm.Numerics.Cpu;

/// <content>Brick walls of two-site gates: a layer in a few passes over its state, each by panels that stay in a processor's own cache.</content>
public sealed partial class CpuDevice
{
    private const int MostBrickWallPieces = 64;
    private readonly ScratchBuffer<float> _passGates = new();
    private ScratchSlots? _brickWallScratch;

    /// <inheritdoc/>
    public unsafe void BrickWall(BrickWallShape shape, ReadOnlySpan<float> gates, DeviceBuffer<float> states)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Debug.Assert(gates.Length == shape.GatesLength && states.Length >= shape.StatesLength, "Lengths are checked by the owner of the gates.");
        float* output = Pointer(states);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            for (int pass = 0; pass < shape.Passes; pass++)
            {
                bool isActivated = pass == shape.Passes - 1 && layer < shape.Layers - 1;
                RunPass(shape, gates, layer, pass, pass > 0 ? output : Before(output, layer, shape), output, isActivated ? shape.Slope : 1);
            }

            output += shape.StateLength;
        }
    }

    /// <inheritdoc/>
    public unsafe void BrickWallGradients(
        BrickWallShape shape, ReadOnlySpan<float> gates, DeviceBuffer<float> states, DeviceBuffer<float> workspace, DeviceBuffer<float> gradient, Span<double> gateGradients)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(workspace);
        Debug.Assert(workspace.Length >= shape.WorkspaceLength && gradient.Length >= shape.StateLength, "Lengths are checked by the owner of the gates.");
        Debug.Assert(gateGradients.Length == gates.Length, "One gradient for each number.");
        float* inside = Pointer(workspace);
        for (int layer = shape.Layers - 1; layer >= 0; layer--)
        {
            float* output = Pointer(states) + (layer * shape.StateLength);
            float* input = Before(output, layer, shape);
            for (int pass = 0; pass < shape.Passes - 1; pass++)
            {
                RunPass(shape, gates, layer, pass, pass == 0 ? input : inside + ((pass - 1) * shape.StateLength), inside + (pass * shape.StateLength), 1);
            }

            for (int pass = shape.Passes - 1; pass >= 0; pass--)
            {
                bool isActivated = pass == shape.Passes - 1 && layer < shape.Layers - 1;
                RunPassGradients(
                    shape, gates, layer, pass, pass == 0 ? input : inside + ((pass - 1) * shape.StateLength), isActivated ? output : null, Pointer(gradient), gateGradients);
            }
        }
    }

    private static unsafe float* Before(float* output, int layer, BrickWallShape shape) => layer == 0 ? null : output - shape.StateLength;

    private static int PiecesOf(BrickWallPass pass) => (int)Math.Min(pass.Panels, MostBrickWallPieces);

    private static ReadOnlySpan<float> GateAt(BrickWallShape shape, ReadOnlySpan<float> gates, int layer, int site) =>
        gates.Slice(((layer * shape.GatesPerLayer) + shape.GateOf(site)) * BrickWallShape.GateLength, BrickWallShape.GateLength);

    private unsafe void RunPass(BrickWallShape shape, ReadOnlySpan<float> gates, int layer, int pass, float* source, float* destination, float slope)
    {
        BrickWallPass own = new(shape, pass);
        float* ordered = Collect(shape, gates, layer, own);
        _workers.Run(PiecesOf(own), new BrickWallJob(own, ordered, source, destination, slope, BrickWallScratch(own.PanelLength), PiecesOf(own)));
    }

    private unsafe void RunPassGradients(
        BrickWallShape shape, ReadOnlySpan<float> gates, int layer, int pass, float* source, float* activated, float* gradient, Span<double> gateGradients)
    {
        BrickWallPass own = new(shape, pass);
        int length = own.Gates * BrickWallShape.GateLength;
        int pieces = PiecesOf(own);
        float* ordered = Collect(shape, gates, layer, own);
        double* sums = _partialSums.Get((long)pieces * length);
        ScratchSlots scratch = BrickWallScratch((own.Gates + 2L) * own.PanelLength);
        _workers.Run(pieces, new BrickWallGradientsJob(own, ordered, ordered + length, source, activated, shape.Slope, gradient, sums, scratch, pieces));
        for (int gate = 0; gate < own.Gates; gate++)
        {
            int offset = ((layer * shape.GatesPerLayer) + shape.GateOf(own.First + own.SiteOf(gate))) * BrickWallShape.GateLength;
            for (int entry = 0; entry < BrickWallShape.GateLength; entry++)
            {
                double sum = 0;
                for (int piece = 0; piece < pieces; piece++)
                {
                    sum += sums[((long)piece * length) + (gate * BrickWallShape.GateLength) + entry];
                }

                gateGradients[offset + entry] = sum;
            }
        }
    }

    /// <summary>Lays out the gates of a pass in their order, then all of them transposed.</summary>
    private unsafe float* Collect(BrickWallShape shape, ReadOnlySpan<float> gates, int layer, BrickWallPass pass)
    {
        int length = pass.Gates * BrickWallShape.GateLength;
        float* ordered = _passGates.Get(2L * length);
        for (int gate = 0; gate < pass.Gates; gate++)
        {
            ReadOnlySpan<float> numbers = GateAt(shape, gates, layer, pass.First + pass.SiteOf(gate));
            for (int entry = 0; entry < BrickWallShape.GateLength; entry++)
            {
                ordered[(gate * BrickWallShape.GateLength) + entry] = numbers[entry];
                ordered[length + (gate * BrickWallShape.GateLength) + (4 * (entry % 4)) + (entry / 4)] = numbers[entry];
            }
        }

        return ordered;
    }

    private ScratchSlots BrickWallScratch(long length)
    {
        ScratchSlots scratch = _brickWallScratch ??= new ScratchSlots(_workers.Threads);
        scratch.Grow(length);
        return scratch;
    }
}
