using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

/// <summary>The energies of a report: root mean squares of entries.</summary>
public sealed class EntryEnergyTests : IDisposable
{
    private readonly CpuDevice _device = new(1);
    private readonly DlrmModel _model;

    public EntryEnergyTests()
    {
        MlpOptions tower = new() { Sizes = [8], Format = TensorFormat.Tt, StartRank = 3, CompressAbove = 10 };
        _model = new DlrmModel(_device, Models.Svi with { Model = Models.Svi.Model with { TopMlp = tower } }, Models.Inputs);
    }

    public void Dispose()
    {
        _model.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Of_Tables_IsTheRootMeanSquareOfTheirRows()
    {
        IReadOnlyDictionary<string, double> energies = EntryEnergy.Of(_model);

        foreach (IEmbeddingBag bag in _model.Bags)
        {
            using DeviceBuffer<float> rows = _device.Allocate<float>(bag.Rows * bag.EmbeddingDim);
            bag.Forward(AllRows.Of(bag.Rows), new Matrix(rows, (int)bag.Rows, bag.EmbeddingDim));
            Assert.Equal(Math.Sqrt(rows.ToArray().Average(value => (double)value * value)), energies[bag.Name], 6);
        }

        Assert.Equal(TableReport.Of(_model).Select(table => table.Name), energies.Keys);
    }

    [Fact]
    public void Of_Layer_FollowsItsFactors()
    {
        BayesianTensor tensor = Assert.Single(_model.TensorizedLayers).Tensor;
        double before = EntryEnergy.Of(_model)[tensor.Name];
        DeviceBuffer<float> factor = tensor.Means()[0];
        factor.CopyFrom([.. factor.ToArray().Select(value => 3 * value)]);

        Assert.InRange(before, 1e-3, 10);
        Assert.Equal(3 * before, EntryEnergy.Of(_model)[tensor.Name], 4);
    }

    [Fact]
    public void Of_ZeroTensor_IsZero()
    {
        BayesianTensor table = _model.Bags[2].Tensor!;
        table.BecomeZero();
        BayesianTensor layer = _model.TensorizedLayers[0].Tensor;
        layer.BecomeZero();

        IReadOnlyDictionary<string, double> energies = EntryEnergy.Of(_model);

        Assert.Equal(0, energies[_model.Bags[2].Name]);
        Assert.Equal(0, energies[layer.Name]);
        Assert.True(energies[_model.Bags[1].Name] > 0);
    }
}
