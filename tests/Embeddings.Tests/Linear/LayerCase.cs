using Dlrm.Numerics;

namespace Dlrm.Embeddings.Tests.Linear;

/// <summary>A layer with a batch and an output gradient.</summary>
internal sealed class LayerCase : IDisposable
{
    private readonly GrowingMatrix _input;
    private readonly GrowingMatrix _output;
    private readonly GrowingMatrix _outputGradient;
    private readonly GrowingMatrix _inputGradient;

    internal LayerCase(IDevice device, ILinearLayer layer, int samples)
    {
        Layer = layer;
        Samples = samples;
        _input = new GrowingMatrix(device, layer.Inputs);
        _output = new GrowingMatrix(device, layer.Outputs);
        _outputGradient = new GrowingMatrix(device, layer.Outputs);
        _inputGradient = new GrowingMatrix(device, layer.Inputs);
        Input = Waves(samples * layer.Inputs, 0.7);
        Weights = Waves(samples * layer.Outputs, 1.3);
        _input.Resize(samples).Buffer.CopyFrom(Input);
        _output.Resize(samples);
        _outputGradient.Resize(samples);
        _inputGradient.Resize(samples);
    }

    internal ILinearLayer Layer { get; }

    internal int Samples { get; }

    /// <summary>Gets x, (B, n).</summary>
    internal float[] Input { get; }

    /// <summary>Gets the gradient of the objective Σ weights · y, (B, m).</summary>
    internal float[] Weights { get; }

    internal float[] Output => _output.View.Buffer.ToArray();

    internal float[] InputGradient => _inputGradient.View.Buffer.ToArray();

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
        _outputGradient.Dispose();
        _inputGradient.Dispose();
    }

    internal void Forward() => Layer.Forward(_input.View, _output.View);

    internal void Backward()
    {
        for (int k = 0; k < Layer.Parameters.Count; k++)
        {
            Layer.Parameters[k].ClearGradient();
        }

        _outputGradient.View.Buffer.CopyFrom(Weights);
        Layer.Backward(_input.View, _output.View, _outputGradient.View, _inputGradient.View);
    }

    private static float[] Waves(int count, double rate) => [.. Enumerable.Range(1, count).Select(i => (float)Math.Sin(i * rate))];
}
