using Dlrm.Data.Images;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Model;

public sealed class ClassifierLikelihoodProbeTests : IDisposable
{
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Measure_WeightsChanged_GivesTheLossesOfAFreshForward()
    {
        using ImageClassifier model = new(_device, new ClassifierOptions { Hidden = [8] }, SmallImages.Pixels, SmallImages.Classes);
        ImageBatchSource source = new(SmallImages.Make(70, 5), 40, seed: 2);
        source.TryRead();
        using ClassifierLikelihoodProbe probe = new(model, source.Inputs, source.Labels, trainingSamples: 70);
        Assert.Equal((40, 70L), (probe.Samples, probe.TrainingSamples));
        (float[] inputs, int[] labels) = (source.Inputs.ToArray(), source.Labels.ToArray());
        double[] losses = new double[40];
        for (int change = 0; change < 3; change++)
        {
            // Large weights make losses from 1e-10 to 100.
            DenseParameter weight = (DenseParameter)model.Parameters[0];
            weight.Value.CopyFrom([.. weight.Value.ToArray().Select(value => 6 * value)]);
            probe.Measure(losses);
            for (int n = 0; n < 40; n++)
            {
                model.Forward(inputs.AsSpan(n * SmallImages.Pixels, SmallImages.Pixels), [labels[n]]);
                float[] logits = new float[SmallImages.Classes];
                model.CopyLogits(logits);

                // One row and forty may be summed in another order.
                Assert.Equal(model.Loss(), losses[n], 64.0 * (1 + logits.Max(Math.Abs)) / (1 << 24));
            }
        }
    }

    [Fact]
    public void Constructor_WrongLabelsOrSizes_IsRefused()
    {
        using ImageClassifier model = new(_device, new ClassifierOptions { Hidden = [8] }, 2, 3);
        Assert.Throws<ArgumentException>(() => new ClassifierLikelihoodProbe(model, new float[5], [0, 1], 2));
        Assert.Contains("sample 1 is 3", Assert.Throws<ArgumentOutOfRangeException>(() => new ClassifierLikelihoodProbe(model, new float[4], [0, 3], 2)).Message, StringComparison.Ordinal);
    }
}
