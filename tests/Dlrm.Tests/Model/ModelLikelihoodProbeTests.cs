using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Model;

public sealed class ModelLikelihoodProbeTests : IDisposable
{
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(2, new[] { 8, 5 })]
    [InlineData(2, new[] { 8 })]
    [InlineData(2, new int[0])]
    [InlineData(0, new[] { 8 })]
    public void Measure_TensorsChangedInTurn_GivesTheLossesOfAFreshForward(int denseFeatures, int[] topMlp)
    {
        DlrmOptions options = Models.Svi with { Model = Models.Svi.Model with { TopMlp = MlpOptions.Of(topMlp), Tables = Models.Svi.Model.Tables with { CompressAbove = 0, InitialEntryDeviation = 0.7 } } };
        using DlrmModel model = new(_device, options, new ModelInputs(denseFeatures, Models.Inputs.Names, Models.Inputs.Cardinalities));
        Batch[] batches = [.. Batches(denseFeatures)];
        using ModelLikelihoodProbe probe = new(model, batches, trainingSamples: 1000);
        double[] losses = new double[probe.Samples];
        Assert.Equal((70, 1000), (probe.Samples, probe.TrainingSamples));
        probe.Refresh();
        foreach (BayesianTensor tensor in model.Tensors)
        {
            probe.Focus(tensor);
            probe.Measure(losses);
            AssertFresh(model, batches, losses);
            tensor.UseMeansWithout(0, 1);
            probe.Measure(losses);
            AssertFresh(model, batches, losses);
            tensor.UseZero();
            probe.Measure(losses);
            AssertFresh(model, batches, losses);
            tensor.RemoveComponent(0, 1);
            probe.Accept();
            probe.Measure(losses);
            AssertFresh(model, batches, losses);
        }
    }

    /// <summary>Both towers are tensors; the first layer of the top one is dense in the second case, so that tables are measured the short way between.</summary>
    [Theory]
    [InlineData(new[] { 8, 5 }, 10, new[] { "bottom.0", "bottom.1", "top.0", "top.1" })]
    [InlineData(new[] { 2, 30 }, 50, new[] { "bottom.0", "bottom.1", "top.1" })]
    public void Measure_TablesAndTowersInTurn_GivesTheLossesOfAFreshForward(int[] topMlp, int compressAbove, string[] layers)
    {
        DlrmOptions options = Models.Svi with
        {
            Model = Models.Svi.Model with
            {
                BottomMlp = new MlpOptions { Sizes = [6, 4], Format = TensorFormat.Tt, Layout = ModeLayout.Projection, CompressAbove = 0 },
                TopMlp = new MlpOptions { Sizes = [.. topMlp], Format = TensorFormat.Tt, Layout = ModeLayout.Projection, CompressAbove = compressAbove },
                Tables = Models.Svi.Model.Tables with { CompressAbove = 0, InitialEntryDeviation = 0.7 },
            },
        };
        using DlrmModel model = new(_device, options, Models.Inputs);
        Batch[] batches = [.. Batches(2)];
        using ModelLikelihoodProbe probe = new(model, batches, trainingSamples: 1000);
        double[] losses = new double[probe.Samples];
        Assert.Equal(layers, model.TensorizedLayers.Select(layer => layer.Name));
        probe.Refresh();
        BayesianTensor[] tables = [.. model.Tensors.Take(3)];
        BayesianTensor[] towers = [.. model.Tensors.Skip(3)];
        for (int round = 0; round < 3; round++)
        {
            for (int k = 0; k < Math.Max(tables.Length, towers.Length); k++)
            {
                foreach (BayesianTensor tensor in (BayesianTensor[])[tables[k % tables.Length], towers[k % towers.Length]])
                {
                    if (tensor.IsZero || tensor.Format.Ranks[0] == 1)
                    {
                        continue;
                    }

                    // As the pruner does: the whole tensor first, then a component that stays, then one that goes.
                    tensor.UseMeans();
                    probe.Focus(tensor);
                    tensor.UseZero();
                    Check();
                    tensor.UseMeansWithout(0, 0);
                    Check();
                    if ((round + k) % 2 == 0)
                    {
                        tensor.RemoveComponent(0, 0);
                        probe.Accept();
                    }
                    else if (round == 2)
                    {
                        tensor.BecomeZero();
                        probe.Accept();
                    }

                    tensor.UseMeans();
                    Check();
                }
            }
        }

        Assert.Contains(model.TensorizedLayers, layer => layer.Tensor.IsZero);

        void Check()
        {
            probe.Measure(losses);
            AssertFresh(model, batches, losses);
        }
    }

    [Fact]
    public void Measure_WithoutFocus_SaysWhatToCall()
    {
        using DlrmModel model = new(_device, Models.Svi, Models.Inputs);
        using ModelLikelihoodProbe probe = new(model, [.. Batches(2)], 1000);
        Assert.Throws<InvalidOperationException>(() => probe.Focus(model.Tensors[0]));
        probe.Refresh();
        Assert.Throws<InvalidOperationException>(() => probe.Measure(new double[70]));
    }

    [Fact]
    public void Focus_TensorOfAnotherModel_IsRefused()
    {
        using DlrmModel model = new(_device, Models.Svi, Models.Inputs);
        using DlrmModel other = new(_device, Models.Svi, Models.Inputs);
        using ModelLikelihoodProbe probe = new(model, [.. Batches(2)], 1000);
        Assert.Throws<ArgumentException>(() => probe.Focus(other.Tensors[0]));
    }

    private static IEnumerable<Batch> Batches(int denseFeatures)
    {
        using ClickSource source = new(70, 40, seed: 8);
        while (source.TryRead(out Batch batch))
        {
            Batch copy = new(denseFeatures, batch.Sparse.Length);
            copy.Resize(batch.Size);
            batch.Labels.CopyTo(copy.Labels);
            batch.Dense[..(batch.Size * denseFeatures)].CopyTo(copy.Dense);
            for (int f = 0; f < batch.Sparse.Length; f++)
            {
                copy.Sparse[f] = JaggedIndices.From(batch.Sparse[f].Indices, batch.Sparse[f].Offsets);
            }

            yield return copy;
        }
    }

    private static void AssertFresh(DlrmModel model, Batch[] batches, double[] losses)
    {
        int first = 0;
        foreach (Batch batch in batches)
        {
            float[] logits = new float[batch.Size];
            model.Forward(batch);
            model.CopyLogits(logits);
            for (int b = 0; b < batch.Size; b++)
            {
                double z = logits[b];
                double expected = Math.Max(z, 0) - (z * batch.Labels[b]) + Math.Log(1 + Math.Exp(-Math.Abs(z)));

                // Two orders of the same sums: fewer than 64 roundings of numbers up to the logit's size.
                Assert.Equal(expected, losses[first + b], 64 * (1 + Math.Abs(z)) / (1 << 24));
            }

            first += batch.Size;
        }
    }
}
